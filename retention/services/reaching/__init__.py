"""Reaching shares that are not mounted here: their addresses, who asks, and what a scan needs of them.

They are read over the network (SMB 2 and 3) and never written to. Nothing on them can be disposed of from here.
"""

from retention.services.reaching.address import ShareAddress, is_address
from retention.services.reaching.registering import confirm_share, register_share
from retention.services.reaching.share import RemoteShare, ShareLogin

__all__ = [
    "RemoteShare",
    "ShareAddress",
    "ShareLogin",
    "confirm_share",
    "is_address",
    "register_share",
]
