"""What goes wrong with a share that is asked directly."""

from scanners.errors import ScannerError


class SmbMissingError(ScannerError):
    """The package that speaks to file servers is not installed."""

    def __init__(self) -> None:
        super().__init__(
            what="Reading a share that is not mounted needs the package smbprotocol, which is not installed.",
            not_done="The share was not contacted.",
            next_step="Install the program with its extra 'smb', or mount the share and register the mounted folder.",
        )
