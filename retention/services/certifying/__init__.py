"""The certificate of destruction: issued only when the sums come out, from the log and not from memory."""

from retention.services.certifying.issuing import IssuedCertificate, issue_certificate
from retention.services.certifying.page import render_page, save_certificate

__all__ = ["IssuedCertificate", "issue_certificate", "render_page", "save_certificate"]
