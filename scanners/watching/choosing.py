"""Whether the system can tell of changes on a share: on a network file system it only knows those made here."""

from enum import StrEnum

from scanners.crawling.volumes import file_system_of

# Others may change these behind this machine's back; inotify(7) is silent about it.
_SHARED = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "coda", "drvfs", "fuse", "gfs2", "glusterfs", "gpfs", "lustre"),
        *("ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
    }
)
_SHARED_FAMILIES = ("fuse.",)  # such as fuse.sshfs; local disks by way of FUSE are called fuseblk


class NoticeWay(StrEnum):
    """How changes on a share are noticed."""

    TOLD = "told"
    POLLED = "polled"


def notice_way(root: str) -> NoticeWay:
    """Tell how changes below `root` are noticed, by the type of the file system that is mounted there.

    Where the system does not say what it is, nothing is relied on.
    """
    kind = file_system_of(root)
    if not kind or kind in _SHARED or kind.startswith(_SHARED_FAMILIES):
        return NoticeWay.POLLED
    return NoticeWay.TOLD
