"""Every error that taking in an export raises on purpose: one branch of the scanners' tree.

`file`, `row` and `column` say where, as far as that is known. A fault of one row is no error: the row is refused,
counted and said in the account.
"""

from scanners.errors import ScannerError


class ExportError(ScannerError):
    """An export, or what was declared about it, cannot be used."""

    def __init__(self, *, file: str, what: str, not_done: str, next_step: str, row: str = "", column: str = "") -> None:
        super().__init__(what=what, not_done=not_done, next_step=next_step)
        self.file = file
        self.row = row
        self.column = column


class NotAnExportError(ExportError):
    """A file or folder holds no inventory that can be recognised."""

    def __init__(self, *, file: str, found: str, next_step: str = "") -> None:
        self.found = found
        super().__init__(
            file=file,
            what=f"{file!r} is not an inventory: {found}.",
            not_done="Nothing was taken in.",
            next_step=next_step or "Choose the file that lists the records, or declare its columns in a profile.",
        )


class ExportUnreadableError(ExportError):
    """A control file of an export cannot be opened or read."""

    def __init__(self, *, file: str, detail: str) -> None:
        self.detail = detail
        super().__init__(
            file=file,
            what=f"The export file {file!r} cannot be read: {detail}.",
            not_done="Nothing was taken in from it.",
            next_step="Check that it is there and that this account may read it, then import again.",
        )


class ExportChangedError(ExportError):
    """A control file is not what it was when its digest was taken."""

    def __init__(self, *, file: str) -> None:
        super().__init__(
            file=file,
            what=f"The export file {file!r} was changed while it was read.",
            not_done="Its records cannot be tied to one digest, so none of them may be kept.",
            next_step="Discard this import, copy the export to a place where nobody writes, and import it again.",
        )


class ProfileError(ExportError):
    """A column profile contradicts itself, or the file that it is used for."""

    def __init__(self, *, file: str, detail: str, column: str = "") -> None:
        self.detail = detail
        super().__init__(
            file=file,
            column=column,
            what=f"The column profile cannot be used for {file!r}: {detail}." if file else f"{detail}.",
            not_done="Nothing was taken in.",
            next_step="Correct the profile and import again.",
        )


class AmbiguousColumnError(ProfileError):
    """Two columns are declared to mean the same thing, so that neither can be believed."""

    def __init__(self, *, file: str, first: str, second: str, target: str) -> None:
        self.first = first
        self.target = target
        super().__init__(
            file=file, column=second, detail=f"the columns {first!r} and {second!r} are both declared as {target!r}"
        )


class UnknownZoneError(ExportError):
    """A time zone was declared that the system does not know."""

    def __init__(self, *, zone: str) -> None:
        self.zone = zone
        super().__init__(
            file="",
            what=f"There is no time zone {zone!r}.",
            not_done="Nothing was taken in.",
            next_step="Declare one such as Europe/London, UTC or +01:00.",
        )


class UnknownFormError(ExportError):
    """A form of export was asked for that there is no importer for."""

    def __init__(self, *, form: str, known: tuple[str, ...]) -> None:
        self.form = form
        super().__init__(
            file="",
            what=f"There is no form of export called {form!r}.",
            not_done="Nothing was taken in.",
            next_step=f"Use one of: {', '.join(known)}.",
        )
