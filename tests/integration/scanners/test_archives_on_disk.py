"""Archives larger than memory are listed from their descriptor; a real collection is identified, its e-mails too."""

import io
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanners.identification.identify import recognise
from scanners.source import DescriptorSource
from scanners.text.archives import read_archive
from scanners.text.reading import Draft
from tests.unit.scanners.building_disc import SECTOR, a_disc, a_record

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus"
CORPUS = Path(os.environ.get("RETENTION_CORPUS", str(BESIDE_THE_CHECKOUT)))
A_GIGABYTE = 1 << 30


@contextmanager
def opened(path: Path) -> Iterator[DescriptorSource]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield DescriptorSource(descriptor, path.stat().st_size)
    finally:
        os.close(descriptor)


def a_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("Planning/plan.pdf", b"%PDF-")
    return target.getvalue()


def a_tar_with_a_hole(path: Path) -> None:
    with path.open("wb") as file:
        for name, size in (("film.avi", A_GIGABYTE), ("after.txt", 0)):
            entry = tarfile.TarInfo(name)
            entry.size = size
            file.write(entry.tobuf())
            file.seek(size, os.SEEK_CUR)
        file.write(bytes(1024))


def a_zip_behind_a_gigabyte(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"PK\3\4")
        file.seek(A_GIGABYTE)
        file.write(a_zip())


def a_disc_with_a_hole(path: Path) -> None:
    films = [a_record(name, at=100, size=A_GIGABYTE) for name in (b"FILM.AVI;1", b"COPY.AVI;1")]
    with path.open("wb") as file:
        file.write(a_disc(films))
        file.truncate(100 * SECTOR + A_GIGABYTE)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (a_tar_with_a_hole, ["film.avi", "after.txt"]),
        (a_zip_behind_a_gigabyte, ["Planning/plan.pdf"]),
        (a_disc_with_a_hole, ["FILM.AVI", "COPY.AVI"]),
    ],
)
def test_an_archive_of_a_gigabyte_is_listed_without_taking_it_into_memory(
    tmp_path: Path, make: object, names: list[str]
) -> None:
    path = tmp_path / "large"
    assert callable(make)
    make(path)
    draft = Draft(limit_chars=1000)

    tracemalloc.start()
    with opened(path) as source:
        media_type = recognise(source, path.name)
        assert media_type is not None
        read_archive(media_type, source, draft)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [member.path for member in draft.members] == names
    assert peak_bytes < 8 << 20


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"there is no folder of documents at {CORPUS}")
def test_every_real_e_mail_of_a_collection_is_known_as_one() -> None:
    mails = [*(CORPUS / "spamassassin" / "data").rglob("*.txt"), *(CORPUS / "ruby-mail").rglob("*.eml")]
    unknown = []
    for path in mails:
        with opened(path) as source:
            if recognise(source, path.name) not in ("message/rfc822", "application/mbox"):
                unknown.append(path.name)

    assert len(mails) > 400
    assert unknown == []
