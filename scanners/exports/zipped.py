"""An export that was sent as one zip: taken out into a private folder, and read there like any other.

The whole archive is taken out, within what its own size and the free space allow. What cannot be taken out is
counted with the reason, never passed over.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from scanners.containers.allowance import Allowance
from scanners.containers.zip_directory import Directory, Member, find_directory
from scanners.containers.zipped import content_of
from scanners.errors import ContentError, EncryptedContentError
from scanners.exports.control_files import ControlSource, take_control_file
from scanners.exports.errors import ExportUnreadableError, NotAnExportError
from scanners.exports.reading import ExportReader, HoldsPackedContent, ImportAccount
from scanners.exports.record import ContentPlace, ExportDescription, ExportedRecord
from scanners.exports.temporary import TemporaryFolder, safe_path
from scanners.opening import reason_of
from scanners.source import DescriptorSource

UNPACK = "Unpack it, and import the folder."
LOCKED = "it is locked with a password in the archive"
BROKEN = "it cannot be taken out of the archive"
LEADS_OUT = "its name in the archive leads out of it, or is no name of a file"
TWICE = "the archive holds another file under its name"

_MAX_MEMBERS = 1_000_000
_MAX_DIRECTORY_BYTES = 128 << 20
_MIN_ALLOWED_BYTES = 1 << 30
_LARGEST_RATIO = 200
_SPARED_BYTES = 1 << 30


class UnpackedExport:
    """An export in a private folder that lives as long as this does."""

    def __init__(
        self, reader: ExportReader, kept: TemporaryFolder, folder: str, control: ControlSource, lost: Counter[str]
    ) -> None:
        self._reader = reader
        self._kept = kept
        self._folder = folder
        self._control = control
        self._lost = lost

    @property
    def folder(self) -> str:
        """The folder below which its content lies now."""
        return self._folder

    @property
    def description(self) -> ExportDescription:
        """What is known of the export as a whole."""
        inner = self._reader.description
        return replace(
            inner,
            form=f"{inner.form}, in a zip archive",
            control_files=(self._control.control_file, *inner.control_files),
        )

    @property
    def account(self) -> ImportAccount:
        """What became of its rows, and of parts of the archive that could not be taken out."""
        return self._reader.account

    def records(self) -> Iterator[ExportedRecord]:
        """Yield every record, in the order of the export.

        Raises:
            ScannerError: As for the export itself.
        """
        yield from self._reader.records()
        account = self._reader.account
        account.rows += self._lost.total()
        account.refused_rows.update(self._lost)

    def packed(self, is_wanted: Callable[[ContentPlace], bool]) -> Iterator[tuple[ContentPlace, Iterator[bytes]]]:
        """Yield every wanted content that lies packed in what was in the zip, such as a `.cmp`.

        Raises:
            ScannerError: Content is damaged or cut off.
        """
        return self._reader.packed(is_wanted) if isinstance(self._reader, HoldsPackedContent) else iter(())


def open_zipped(path: str, open_inside: Callable[[str, str], tuple[ExportReader, str]]) -> UnpackedExport:
    """Take an export out of its zip and open it.

    Args:
        path: The archive.
        open_inside: What opens the folder that was in it, or the one file that is named then; gives the reader, and
            the folder below which its content lies.

    Raises:
        NotAnExportError: It is damaged or locked, or larger than is safe or than the free space.
        ExportError: What is in it is no export, or cannot be read.
    """
    control = take_control_file(path, shown_path=path.rpartition("/")[2])
    folder = TemporaryFolder()
    try:
        try:
            lost, written = _take_out(control, folder)
        except OSError as error:
            raise ExportUnreadableError(file=control.shown_path, detail=reason_of(error)[1]) from error
        reader, root = open_inside(folder.path, written[0] if len(written) == 1 else "")
        return UnpackedExport(reader, folder, root, control, lost)
    except BaseException:
        folder.close()
        raise


def _take_out(control: ControlSource, folder: TemporaryFolder) -> tuple[Counter[str], list[str]]:
    with control.descriptor() as descriptor:
        source = DescriptorSource(descriptor, control.size_bytes)
        try:
            directory = find_directory(source, max_members=_MAX_MEMBERS, max_bytes=_MAX_DIRECTORY_BYTES)
            members = [member for member in directory.members() if not member.is_folder]
        except ContentError as error:
            raise _refused(control, error.detail) from error
        if directory.is_split:
            raise _refused(control, "it is one part of an archive that was split")
        _check_size(control, folder, sum(member.unpacked_bytes for member in members))
        lost: Counter[str] = Counter()
        written: list[str] = []
        for member in members:
            reason = _write(source, directory, member, folder)
            if reason:
                lost[reason] += 1
            else:
                written.append(safe_path(member.name))
        return lost, written


def _write(source: DescriptorSource, directory: Directory, member: Member, folder: TemporaryFolder) -> str:
    """Take one member out; return why it could not be, in words, or nothing."""
    path = safe_path(member.name)
    if not path:
        return LEADS_OUT
    try:
        folder.write(
            path, content_of(source, member, shift=directory.shift, allowance=Allowance(member.unpacked_bytes))
        )
    except EncryptedContentError:
        return LOCKED
    except ContentError:
        return BROKEN
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return TWICE
    return ""


def _check_size(control: ControlSource, folder: TemporaryFolder, claimed_bytes: int) -> None:
    if claimed_bytes > max(_MIN_ALLOWED_BYTES, _LARGEST_RATIO * control.size_bytes):
        raise _refused(control, "it unpacks to far more than its size suggests")
    if claimed_bytes > shutil.disk_usage(folder.path).free - _SPARED_BYTES:
        raise _refused(control, f"there is no room to unpack its {claimed_bytes} bytes for temporary files")


def _refused(control: ControlSource, detail: str) -> NotAnExportError:
    return NotAnExportError(file=control.shown_path, found=f"it is an archive, and {detail}", next_step=UNPACK)
