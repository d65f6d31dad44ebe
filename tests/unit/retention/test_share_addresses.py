"""The address of a share: read as people write it, kept as they see it, and never with who asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.errors import InvalidInputError
from retention.services.reaching import ShareAddress, ShareLogin, is_address

NAMES = st.text(st.characters(exclude_characters='\0\n\r\t"*<>?|\\/:@%', exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name not in (".", "..")
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("smb://files/council", ("files", "council", "", 445)),
        ("SMB://files/council/", ("files", "council", "", 445)),
        ("smb://files/council/Finance/My%20Folder", ("files", "council", "Finance/My Folder", 445)),
        ("smb://files:1445/council/100% done", ("files", "council", "100% done", 1445)),
        ("smb://[::1]:1445/council", ("[::1]", "council", "", 1445)),
        ("\\\\files\\council\\Old files", ("files", "council", "Old files", 445)),
    ],
)
def test_an_address_is_read_as_people_write_it(words: str, expected: tuple[str, str, str, int]) -> None:
    assert is_address(words)

    read = ShareAddress.parse(words)

    assert (read.server, read.share, read.folder, read.port) == expected


@pytest.mark.parametrize(
    "words",
    [
        "smb://",
        "smb://files",
        "smb://files/",
        "smb:///council",
        "smb://files:/council",
        "smb://files:x/council",
        "smb://files:99999/council",
        "smb://files/council/../other",
        "smb://files/council/a%00b",
        "smb://files/council/a.txt:hidden",
        "\\\\files",
    ],
)
def test_what_names_no_share_is_refused_in_words(words: str) -> None:
    with pytest.raises(InvalidInputError, match="is not the address of a share"):
        ShareAddress.parse(words)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInputError, match="no place in it") as refused:
        ShareAddress.parse("smb://rita:hunter2@files/council")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("words", ["/mnt/council", "smb", "finance", "http://files/council", "smb:folder"])
def test_a_folder_is_no_address(words: str) -> None:
    assert not is_address(words)


@given(NAMES, NAMES, st.lists(NAMES, max_size=3), st.integers(1, 65_535))
def test_an_address_that_is_kept_is_the_one_that_was_given(
    server: str, share: str, folders: list[str], port: int
) -> None:
    address = ShareAddress(server=server, share=share, folder="/".join(folders), port=port)

    assert ShareAddress.of_root(address.root) == address


@given(st.text(max_size=60))
def test_no_words_break_more_than_the_one_error(words: str) -> None:
    for whole in (f"smb://{words}", f"\\\\{words}"):
        try:
            address = ShareAddress.parse(whole)
        except InvalidInputError:
            continue
        assert ShareAddress.of_root(address.root) == address


def test_a_password_is_never_shown() -> None:
    login = ShareLogin(user="rita", password="hunter2")  # noqa: S106  nobody's

    assert "hunter2" not in f"{login} {login!r}"
