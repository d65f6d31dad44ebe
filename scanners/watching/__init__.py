"""Watching a share: which of its folders must be looked at again, told by the system or by the clock."""

from scanners.watching.choosing import NoticeWay, notice_way
from scanners.watching.errors import WatchLimitError
from scanners.watching.folders import FolderWatcher
from scanners.watching.revisits import Revisit, Revisits

__all__ = ["FolderWatcher", "NoticeWay", "Revisit", "Revisits", "WatchLimitError", "notice_way"]
