"""The certificate of destruction: issued only when the sums come out, from the log and not from memory.

`account` reads what the log says, `contents` what the catalogue adds to it, `residual` what copies are left;
`statement` is what is signed, `issuing` decides whether, and `expiring` records that backups are gone. `printing` makes
the page that people read, and `saving` writes the files.
"""

from retention.services.certifying.expiring import expire_backups
from retention.services.certifying.issuing import IssuedCertificate, issue_certificate
from retention.services.certifying.saving import save_certificate

__all__ = ["IssuedCertificate", "expire_backups", "issue_certificate", "save_certificate"]
