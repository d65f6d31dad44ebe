"""SharePoint content-migration packages: what `Export-SPWeb`, `stsadm` and the asynchronous metadata read write."""

from scanners.exports.packages.reader import PackageReader, open_package

__all__ = ["PackageReader", "open_package"]
