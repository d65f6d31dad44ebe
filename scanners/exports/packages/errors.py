"""What can be wrong with a content-migration package as a whole; what is wrong with one record is its anomaly."""

from scanners.exports.errors import ExportError


class PackageUnreadableError(ExportError):
    """A content-migration package cannot be read, or cannot be trusted to be complete."""

    def __init__(
        self, *, package: str, detail: str, next_step: str = "Export the site again and import the new package."
    ) -> None:
        self.package = package
        self.detail = detail
        super().__init__(
            file=package,
            what=f"The package {package!r} cannot be read: {detail}.",
            not_done="Nothing of it may be taken in.",
            next_step=next_step,
        )


class PackageEncryptedError(PackageUnreadableError):
    """A control file of a package is not XML, as when the package was encrypted."""

    def __init__(self, *, package: str, name: str) -> None:
        super().__init__(
            package=package,
            detail=f"its file {name!r} is not XML, so the package is probably encrypted",
            next_step="Decrypt it with the key of the job that made it, or export again without encryption.",
        )


class CabinetCompressionError(PackageUnreadableError):
    """A cabinet is packed in a way that is not read here."""

    def __init__(self, *, package: str, method: str) -> None:
        self.method = method
        super().__init__(
            package=package,
            detail=f"it is packed with {method}, which is not read here",
            next_step=(
                "On Windows run `expand -F:* PACKAGE.cmp FOLDER` and import the folder, or export again with "
                "`Export-SPWeb -NoFileCompression`."
            ),
        )
