"""Shares that are not mounted here: what the walk needs, asked of the server itself, and never more than reading."""

from scanners.shares.errors import SmbMissingError
from scanners.shares.examining import ShareExaminer
from scanners.shares.smb import SmbLogin, SmbShare, open_share
from scanners.shares.smb_facts import SmbFile

__all__ = ["ShareExaminer", "SmbFile", "SmbLogin", "SmbMissingError", "SmbShare", "open_share"]
