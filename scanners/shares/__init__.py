"""Shares that are not mounted here: what the walk needs, asked of the server itself, and never more than reading."""

from scanners.shares.smb import SmbLogin, SmbShare, open_share
from scanners.shares.smb_facts import SmbFile

__all__ = ["SmbFile", "SmbLogin", "SmbShare", "open_share"]
