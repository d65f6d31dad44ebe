"""Finding equal files on real folders: every pair that is equal, no pair that is not, and words for the rest."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.trees import make_share, true_groups
from scanners import FoundFile, SourceUnavailableError, UnreadableEntry, UnreadableReason, duplicates
from scanners.crawling import FileRow, crawl_folders
from scanners.duplicates import (
    DuplicateGroup,
    FindingProgress,
    QuickXorHash,
    Stage,
    StatedContent,
    WorkerKind,
    Workers,
    digest_manifest,
    find_candidates,
    find_duplicates,
    measured_workers,
)
from scanners.duplicates.crew import Crew, workers_for
from scanners.duplicates.glancing import glance
from scanners.duplicates.manifest import FileDigest, digest
from scanners.duplicates.reading import Failure, Wanted, read_through, wanted
from scanners.errors import FileUnreadableError
from scanners.opening import FileOpener

FilesOf = Callable[[Path], list[FoundFile]]

ONE_THREAD = Workers(kind=WorkerKind.THREADS, count=1)
SHARE = Workers(kind=WorkerKind.THREADS, count=64)
DISK = Workers(kind=WorkerKind.PROCESSES, count=2)
BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus"
CORPUS = Path(os.environ.get("RETENTION_CORPUS", str(BESIDE_THE_CHECKOUT)))


def found(root: Path, files: Iterable[FoundFile], *, workers: Workers = ONE_THREAD) -> list[tuple[str, ...]]:
    """Return the paths of each group, in the order they came."""
    return [
        tuple(member.path for member in group.members)
        for group in find_duplicates(str(root), files, workers=workers)
        if isinstance(group, DuplicateGroup)
    ]


def trouble(root: Path, files: Iterable[FoundFile], *, workers: Workers = ONE_THREAD) -> list[UnreadableEntry]:
    return [entry for entry in find_duplicates(str(root), files, workers=workers) if isinstance(entry, UnreadableEntry)]


def by_hashing_everything(root: Path, files: Iterable[FoundFile]) -> set[frozenset[str]]:
    """Return the groups as the plainest program finds them: SHA-256 of every byte, one name for each inode."""
    groups: dict[str, dict[int, str]] = defaultdict(dict)
    for file in files:
        content = (root / file.path).read_bytes()
        names = groups[hashlib.sha256(content).hexdigest()]
        names[file.inode] = min(names.get(file.inode, file.path), file.path, key=os.fsencode)
    return {frozenset(names.values()) for names in groups.values() if len(names) > 1}


def by_jdupes(root: Path) -> set[frozenset[str]]:
    """Return the groups that jdupes finds, with every name of a hard link, without empty files."""
    ended = subprocess.run(["jdupes", "-rHq", str(root)], capture_output=True, check=True)
    prefix = os.fsencode(root) + b"/"
    return {
        frozenset(os.fsdecode(line.removeprefix(prefix)) for line in group.splitlines())
        for group in ended.stdout.split(b"\n\n")
        if group.strip()
    }


def with_every_name(groups: Iterable[tuple[str, ...]], files: Iterable[FoundFile]) -> set[frozenset[str]]:
    """Return our groups as jdupes -H has them: with all names of each file, also of one that only has two names."""
    names: dict[int, set[str]] = defaultdict(set)
    inode_of: dict[str, int] = {}
    for file in files:
        if file.size_bytes:
            names[file.inode].add(file.path)
            inode_of[file.path] = file.inode
    whole = [frozenset(path for member in group for path in names[inode_of[member]]) for group in groups]
    grouped = {path for group in whole for path in group}
    return {*whole, *(frozenset(same) for same in names.values() if len(same) > 1 and not same & grouped)}


def some_bytes(count: int) -> bytes:
    return random.Random(count).randbytes(count)  # noqa: S311  # repeatable is the point


def edge_twins(size_bytes: int) -> tuple[bytes, bytes]:
    """Return two different contents of one size whose edges have the same CRC-32 each."""
    content = some_bytes(size_bytes)
    other = bytearray(content)
    # A multiple of the polynomial, its bits reversed as in zlib, changes a message and not its checksum.
    for start in (100, size_bytes - 1000):
        for place, bits in enumerate((0x104C11DB7 << 7).to_bytes(5, "big")):
            other[start + place] ^= int(f"{bits:08b}"[::-1], 2)
    return content, bytes(other)


@pytest.mark.parametrize("workers", [ONE_THREAD, SHARE, DISK], ids=["one", "share", "disk"])
def test_a_made_share_is_grouped_exactly_as_it_was_made(tmp_path: Path, files_of: FilesOf, workers: Workers) -> None:
    root = tmp_path / "share"
    truth = make_share(root, files=400, folders=30, seed=7, median_bytes=20_000)
    files = files_of(root)

    groups = found(root, files, workers=workers)

    empty = frozenset(line.path for line in truth if line.kind != "link" and not line.size_bytes)
    expected = true_groups(truth)
    assert {frozenset(group) for group in groups} - {empty} == {
        frozenset(_one_name(group, files)) for group in expected
    }
    assert {frozenset(group) for group in groups} == by_hashing_everything(root, files)


def _one_name(group: frozenset[str], files: list[FoundFile]) -> set[str]:
    names: dict[int, str] = {}
    inodes = {file.path: file.inode for file in files}
    for path in sorted(inodes, key=os.fsencode):
        names.setdefault(inodes[path], path)
    return {names[inodes[path]] for path in group}


def test_two_thousand_files_are_grouped_as_every_other_program_groups_them(tmp_path: Path, files_of: FilesOf) -> None:
    root = tmp_path / "share"
    make_share(root, files=2_000, folders=100, seed=3, median_bytes=4_000)
    files = files_of(root)

    groups = found(root, files, workers=DISK)

    assert {frozenset(group) for group in groups} == by_hashing_everything(root, files)
    if shutil.which("jdupes") is None:
        pytest.skip("jdupes is not installed; compared with hashing every byte only")
    filled = [group for group in groups if (root / group[0]).stat().st_size]
    assert with_every_name(filled, files) == by_jdupes(root)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no folder of documents at {CORPUS}")
def test_a_real_collection_is_grouped_as_hashing_every_byte_groups_it(files_of: FilesOf) -> None:
    files = files_of(CORPUS)

    groups = found(CORPUS, files)

    assert {frozenset(group) for group in groups} == by_hashing_everything(CORPUS, files)
    if shutil.which("jdupes") is not None:
        filled = [group for group in groups if (CORPUS / group[0]).stat().st_size]
        assert with_every_name(filled, files) == by_jdupes(CORPUS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    contents=st.lists(
        st.tuples(st.sampled_from([0, 1, 2, 16_384, 16_385, 40_000, 140_000]), st.integers(0, 2), st.integers(0, 1)),
        max_size=12,
    ),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_groups_depend_on_the_files_alone(
    tmp_path_factory: pytest.TempPathFactory,
    files_of: FilesOf,
    contents: list[tuple[int, int, int]],
    shuffled: random.Random,
) -> None:
    root = tmp_path_factory.mktemp("share")
    for number, (size_bytes, where, which) in enumerate(contents):
        content = bytearray(size_bytes)
        if which and size_bytes:
            content[(0, size_bytes // 2, size_bytes - 1)[where]] = 1
        (root / f"{number}.doc").write_bytes(content)
    files = files_of(root)
    in_order = list(find_duplicates(str(root), files, workers=ONE_THREAD))

    shuffled.shuffle(files)

    assert list(find_duplicates(str(root), files, workers=SHARE)) == in_order
    assert {frozenset(group) for group in found(root, files)} == by_hashing_everything(root, files)


@pytest.mark.parametrize("size_bytes", [16_384, 16_385, 300_000])
@pytest.mark.parametrize("where", ["beginning", "middle", "end"])
def test_a_document_that_differs_in_one_byte_is_never_taken_for_a_copy(
    share: Path, files_of: FilesOf, size_bytes: int, where: str
) -> None:
    content = bytearray(some_bytes(size_bytes))
    (share / "signed.pdf").write_bytes(content)
    (share / "signed - Copy.pdf").write_bytes(content)
    content[{"beginning": 0, "middle": size_bytes // 2, "end": size_bytes - 1}[where]] ^= 1
    (share / "forged.pdf").write_bytes(content)

    assert found(share, files_of(share)) == [("signed - Copy.pdf", "signed.pdf")]


def test_files_made_to_have_equal_checksums_are_told_apart(share: Path, files_of: FilesOf) -> None:
    kept, forged = edge_twins(50_000)
    (share / "kept.pdf").write_bytes(kept)
    (share / "forged.pdf").write_bytes(forged)
    files = files_of(share)

    with FileOpener(str(share)) as opener:
        looks = glance(opener, [wanted(file) for file in files])

    assert kept != forged
    assert zlib.crc32(kept[:4096]) == zlib.crc32(forged[:4096])
    assert looks[0] == looks[1]
    assert found(share, files) == []


def test_a_broken_hash_has_no_say() -> None:
    sources = [path.read_text() for path in Path(duplicates.__file__).parent.glob("*.py")]

    assert len(sources) > 5
    assert not [source for source in sources if "md5" in source.lower() or "sha1" in source.lower()]


def test_the_digest_of_a_group_is_the_sha256_of_every_member(share: Path, files_of: FilesOf) -> None:
    for name, content in {"a": b"x" * 9, "b": b"x" * 9, "c": b"y" * 500_000, "d": b"y" * 500_000}.items():
        (share / name).write_bytes(content)

    groups = [group for group in find_duplicates(str(share), files_of(share)) if isinstance(group, DuplicateGroup)]

    assert [(group.size_bytes, group.sha256, group.spare_bytes) for group in groups] == [
        (500_000, hashlib.sha256(b"y" * 500_000).hexdigest(), 500_000),
        (9, hashlib.sha256(b"x" * 9).hexdigest(), 9),
    ]


def test_without_digests_the_groups_are_the_same(tmp_path: Path, files_of: FilesOf) -> None:
    root = tmp_path / "share"
    make_share(root, files=200, folders=10, seed=5, median_bytes=20_000)
    files = files_of(root)

    plain = list(find_duplicates(str(root), files, is_digest_wanted=False, workers=ONE_THREAD))

    groups = [group for group in plain if isinstance(group, DuplicateGroup)]
    assert [tuple(member.path for member in group.members) for group in groups] == found(root, files)
    assert {group.sha256 for group in groups} == {None}


def test_ten_files_that_differ_only_in_the_middle_and_their_copies_are_sorted_out(
    share: Path, files_of: FilesOf
) -> None:
    for number in range(10):
        content = bytearray(200_000)
        content[100_000] = number
        for copy in "abcd":
            (share / f"{number}{copy}").write_bytes(content)

    assert found(share, files_of(share)) == [tuple(f"{number}{copy}" for copy in "abcd") for number in range(10)]


def test_rows_of_a_walk_give_the_groups_that_found_files_give(tmp_path: Path, files_of: FilesOf) -> None:
    root = tmp_path / "share"
    make_share(root, files=150, folders=10, seed=3)
    rows = (row for listing in crawl_folders(str(root)) for row in listing.entries if isinstance(row, FileRow))

    groups = list(find_duplicates(str(root), rows, workers=ONE_THREAD))

    assert groups
    assert groups == list(find_duplicates(str(root), files_of(root), workers=ONE_THREAD))


def test_a_document_copied_fifty_times_is_one_group(share: Path, files_of: FilesOf) -> None:
    for number in range(50):
        (share / f"{number:02}").write_bytes(b"policy" * 10_000)

    assert found(share, files_of(share)) == [tuple(f"{number:02}" for number in range(50))]


def test_two_names_of_one_file_are_not_two_copies(share: Path, files_of: FilesOf) -> None:
    (share / "b.doc").write_bytes(b"minutes")
    (share / "a.doc").hardlink_to(share / "b.doc")
    (share / "c.doc").symlink_to(share / "b.doc")

    alone = found(share, files_of(share))
    (share / "copy.doc").write_bytes(b"minutes")

    assert alone == []
    assert found(share, files_of(share)) == [("a.doc", "copy.doc")]


def test_empty_files_are_a_group_of_their_own_kind(share: Path, files_of: FilesOf) -> None:
    for name in ("a", "b", "c"):
        (share / name).touch()

    (group,) = find_duplicates(str(share), files_of(share))

    assert isinstance(group, DuplicateGroup)
    assert group.is_empty
    assert (len(group.members), group.spare_bytes) == (3, 0)
    assert group.sha256 == hashlib.sha256(b"").hexdigest()


def test_a_file_whose_size_nobody_shares_is_never_opened(share: Path, files_of: FilesOf) -> None:
    for name, content in {"alone": b"123", "a": b"12", "b": b"12"}.items():
        (share / name).write_bytes(content)
    files = files_of(share)
    (share / "alone").unlink()

    assert trouble(share, files) == []


@pytest.mark.parametrize("size_bytes", [100, 100_000])
def test_what_changed_since_the_listing_is_left_out_with_words(share: Path, files_of: FilesOf, size_bytes: int) -> None:
    for name in ("edited", "gone", "kept", "kept too", "replaced", "to a link"):
        (share / name).write_bytes(b"x" * size_bytes)
    files = files_of(share)
    (share / "edited").write_bytes(b"y" * size_bytes)
    os.utime(share / "edited", (1, 1))
    (share / "gone").unlink()
    (share / "new").write_bytes(b"x" * size_bytes)
    (share / "new").replace(share / "replaced")
    (share / "to a link").unlink()
    (share / "to a link").symlink_to("kept")

    entries = {entry.path: (entry.reason, entry.detail) for entry in trouble(share, files)}

    assert found(share, files) == [("kept", "kept too")]
    assert entries == {
        "edited": (UnreadableReason.CHANGED_WHILE_READ, "it was changed after the folder was listed"),
        "gone": (UnreadableReason.VANISHED, "it is no longer there"),
        "replaced": (
            UnreadableReason.CHANGED_WHILE_READ,
            "another file has taken its place since the folder was listed",
        ),
        "to a link": (
            UnreadableReason.NOT_A_FILE,
            "a link or something else that is not a file has taken its place",
        ),
    }


def test_a_file_that_changes_between_the_two_looks_leaves_its_group(share: Path, files_of: FilesOf) -> None:
    for name in ("a", "b", "c"):
        (share / name).write_bytes(b"x" * 100_000)

    def edit(progress: FindingProgress) -> None:
        if progress.stage is Stage.LOOKING:
            (share / "a").write_bytes(b"y" * 100_000)
            os.utime(share / "a", (1, 1))

    results = list(find_duplicates(str(share), files_of(share), workers=ONE_THREAD, on_progress=edit))

    group, left = results
    assert isinstance(group, DuplicateGroup)
    assert [member.path for member in group.members] == ["b", "c"]
    assert isinstance(left, UnreadableEntry)
    assert (left.path, left.detail) == ("a", "it was changed after the folder was listed")


@pytest.mark.parametrize("grow", [True, False], ids=["grows", "is overwritten"])
def test_a_file_that_changes_while_it_is_read_has_no_digest(share: Path, files_of: FilesOf, *, grow: bool) -> None:
    (share / "log").write_bytes(b"x" * 300_000)
    (file,) = files_of(share)

    def meddle(_: memoryview) -> None:
        with (share / "log").open("ab" if grow else "r+b") as target:
            target.write(b"y")

    with FileOpener(str(share)) as opener, pytest.raises(FileUnreadableError, match="changed while it was read"):
        read_through(opener, wanted(file), feed=meddle, room=memoryview(bytearray(1 << 16)))


def test_names_of_any_bytes_go_to_the_workers_and_back(share: Path, files_of: FilesOf) -> None:
    names = [b"\xff\xfe.doc", b"a\nb.doc", "\u2028\u202egpj.exe".encode(), b"=cmd|", b"n" * 255]
    for name in names:
        Path(os.fsdecode(os.fsencode(share) + b"/" + name)).write_bytes(b"x" * 20_000)

    (group,) = found(share, files_of(share), workers=DISK)

    assert sorted(map(os.fsencode, group)) == sorted(names)


@pytest.mark.parametrize("workers", [DISK, SHARE], ids=["disk", "share"])
def test_a_worker_that_is_killed_costs_time_and_nothing_else(share: Path, files_of: FilesOf, workers: Workers) -> None:
    for number in range(20):
        (share / f"{number:02}").write_bytes(bytes([number]) * 1000)
    files = [wanted(file) for file in files_of(share)]

    with Crew(str(share), workers) as crew:
        for hand in crew._hands:
            hand._process.kill()  # type: ignore[attr-defined]  # its process is nobody else's business
        answers = [answer for _, some in crew.run(digest, ((None, [file]) for file in files)) for answer in some]

    assert answers == [hashlib.sha256(bytes([number]) * 1000).hexdigest() for number in range(20)]


@pytest.mark.parametrize(("workers", "processes"), [(DISK, 2), (SHARE, 4)], ids=["disk", "share"])
def test_whoever_stops_listening_leaves_no_worker_behind(
    share: Path, files_of: FilesOf, workers: Workers, processes: int
) -> None:
    for number in range(600):
        (share / f"{number:03}").write_bytes(b"same")
    before = _children()

    results = find_duplicates(str(share), files_of(share), workers=workers)
    next(results)
    during = _children() - before
    results.close()  # type: ignore[attr-defined]  # it is a generator

    assert len(during) == processes
    assert _children() <= before


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()) | {
        child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()
    }


def test_workers_of_a_program_that_was_killed_end_by_themselves(share: Path) -> None:
    (share / "a").write_bytes(b"a")
    program = (
        "import sys, time\n"
        "from scanners.duplicates.crew import Crew, Workers, WorkerKind\n"
        "crew = Crew(sys.argv[1], Workers(kind=WorkerKind.PROCESSES, count=2))\n"
        "print(*(hand._process.pid for hand in crew._hands), flush=True)\n"
        "time.sleep(60)\n"
    )
    driver = subprocess.Popen([sys.executable, "-P", "-c", program, str(share)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    workers = driver.stdout.readline().split()

    driver.kill()
    driver.wait()
    driver.stdout.close()

    assert len(workers) == 2
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


def test_a_missing_root_is_said_and_nothing_is_called_a_copy(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError):
        list(find_duplicates(str(tmp_path / "gone"), []))


def test_a_folder_of_nothing_has_no_copies(share: Path) -> None:
    assert list(find_duplicates(str(share), [])) == []


def test_quick_places_get_processes_and_slow_ones_threads(share: Path, files_of: FilesOf) -> None:
    (share / "a").write_bytes(b"a")

    assert workers_for(20e-6).kind is WorkerKind.PROCESSES
    assert workers_for(1e-3) == SHARE
    assert measured_workers(str(share), files_of(share)).count >= 1


@pytest.mark.parametrize("workers", [ONE_THREAD, DISK, SHARE], ids=["thread", "processes", "share"])
def test_the_manifest_has_the_digest_of_every_file_in_the_order_given(
    tmp_path: Path, files_of: FilesOf, workers: Workers
) -> None:
    root = tmp_path / "share"
    make_share(root, files=300, folders=20, seed=2, median_bytes=10_000)
    files = files_of(root)[::-1]

    lines = list(digest_manifest(str(root), iter(files), workers=workers))

    assert lines == [
        FileDigest(file=file, sha256=hashlib.sha256((root / file.path).read_bytes()).hexdigest()) for file in files
    ]


def test_a_file_without_a_digest_keeps_its_place_in_the_manifest(share: Path, files_of: FilesOf) -> None:
    for name in ("a", "b", "c"):
        (share / name).write_bytes(name.encode())
    files = files_of(share)
    (share / "b").write_bytes(b"longer")

    lines = list(digest_manifest(str(share), files))

    assert [type(line) for line in lines] == [FileDigest, UnreadableEntry, FileDigest]
    assert isinstance(lines[1], UnreadableEntry)
    assert lines[1].path == "b"


def test_a_file_that_claims_another_size_than_it_has_is_not_hashed(share: Path) -> None:
    (share / "a").write_bytes(b"x" * 10)
    seen = (share / "a").stat()

    with FileOpener(str(share)) as opener:
        (answer,) = digest(opener, [Wanted("a", 9, seen.st_mtime_ns, seen.st_ino, seen.st_dev)])

    assert isinstance(answer, Failure)


def test_an_inventory_hash_gives_candidates_and_says_that_they_are_no_proof(share: Path, files_of: FilesOf) -> None:
    (share / "minutes.docx").write_bytes(b"minutes of the meeting")
    (share / "other.docx").write_bytes(b"minutes of the meetinG")
    stated = QuickXorHash(b"minutes of the meeting").base64()

    (candidate,) = find_candidates(
        str(share), files_of(share), [StatedContent(key="row 7", quick_xor=stated, size_bytes=22)]
    )

    assert not isinstance(candidate, UnreadableEntry)
    assert (candidate.key, candidate.file.path) == ("row 7", "minutes.docx")
    assert "not a proof" in candidate.basis


def test_a_stated_size_that_differs_rules_a_candidate_out_unread(share: Path, files_of: FilesOf) -> None:
    (share / "a").write_bytes(b"12")
    files = files_of(share)
    (share / "a").unlink()
    stated = QuickXorHash(b"12").base64()

    assert list(find_candidates(str(share), files, [StatedContent(key="k", quick_xor=stated, size_bytes=3)])) == []
    assert list(find_candidates(str(share), files, [])) == []


def test_an_item_without_a_size_is_looked_for_in_every_file(share: Path, files_of: FilesOf) -> None:
    (share / "a").write_bytes(b"12")
    (share / "b").write_bytes(b"123")
    files = files_of(share)
    (share / "b").unlink()
    stated = [StatedContent(key=key, quick_xor=QuickXorHash(b"12").base64()) for key in ("one", "two")]

    first, second, unread = find_candidates(str(share), files, stated)

    assert [getattr(candidate, "key", "") for candidate in (first, second)] == ["one", "two"]
    assert isinstance(unread, UnreadableEntry)


def test_the_same_seed_makes_the_same_share(tmp_path: Path, files_of: FilesOf) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    truth = make_share(first, files=300, folders=20, seed=11, median_bytes=3_000)

    assert make_share(second, files=300, folders=20, seed=11, median_bytes=3_000) == truth
    assert [(file.path, file.size_bytes, file.modified_ns) for file in files_of(first)] == [
        (file.path, file.size_bytes, file.modified_ns) for file in files_of(second)
    ]
    digests = [
        [line.sha256 for line in digest_manifest(str(root), files_of(root)) if isinstance(line, FileDigest)]
        for root in (first, second)
    ]
    assert digests[0] == digests[1]
    assert {line.kind for line in truth} >= {"docx", "pdf", "xlsx", "doc", "xls", "msg", "txt"}
