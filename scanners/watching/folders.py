"""Watching the folders of a share by inotify(7), which tells of every change that is made through this system.

watchdog reads the events; which folder a watch stands for is kept here, because it must be known when the system
refuses to watch one or has lost events, and because paths here are opened part by part, following no link. What is
not told: writing through memory maps, and through a name of the same file in another folder.
"""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from itertools import count

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from scanners.crawling.listing import Reach
from scanners.opening import open_root
from scanners.watching.errors import WatchLimitError
from scanners.watching.revisits import Revisits

_FOLDERS_OPEN = 64
_CHANGES = (
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
)
_ITSELF = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF
_UNMOUNTED = InotifyConstants.IN_UNMOUNT
_LEAVES = InotifyConstants.IN_MOVED_FROM | InotifyConstants.IN_DELETE
_ONLY_FOLDERS = InotifyConstants.IN_ONLYDIR | InotifyConstants.IN_EXCL_UNLINK
_OF_ROOT = Mask(_CHANGES | _ITSELF | _ONLY_FOLDERS)
_OF_FOLDER = Mask(_CHANGES | _ONLY_FOLDERS)

# What keeps one folder from being watched: it is gone, closed, or broken. The scan finds the same and reports it.
_OF_ONE_FOLDER = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE, errno.EACCES, errno.EPERM, errno.EIO),
        *(errno.ENAMETOOLONG, errno.EINVAL),
    }
)

_LOST = "the system lost events, as there were too many at once"
_ROOT_GONE = "the share's own folder went away, or its rights changed"
_LIMITS = {
    errno.ENOSPC: "it does not watch more folders (see /proc/sys/fs/inotify/max_user_watches)",
    errno.EMFILE: "it does not watch for more programs (see /proc/sys/fs/inotify/max_user_instances)",
}


class _Folder:
    """A watched folder: its name in the one above, so that moving one moves all below it."""

    __slots__ = ("above", "below", "name", "number", "watch")

    def __init__(self, name: str, above: "_Folder | None") -> None:
        self.name = name
        self.above = above
        self.below: dict[str, _Folder] = {}
        self.watch = -1
        self.number = 0

    @property
    def path(self) -> str:
        names = []
        folder = self
        while folder.above is not None:
            names.append(folder.name)
            folder = folder.above
        return "/".join(reversed(names))

    def is_in(self, other: "_Folder") -> bool:
        folder: _Folder | None = self
        while folder is not None and folder is not other:
            folder = folder.above
        return folder is other

    def branch(self) -> Iterator["_Folder"]:
        """Yield this folder and all below it."""
        pending = [self]
        while pending:
            folder = pending.pop()
            pending.extend(folder.below.values())
            yield folder


class FolderWatcher:
    """Notes in `revisits` where below `root` something changed, from `start` to `close`.

    Memory grows with the number of folders, by about a kilobyte for each, and not with files or events. Folders on
    other volumes are not watched, as they are not scanned.

    Args:
        root: The folder to watch.
        revisits: Where changes are noted.
        open_events: Opens the system's stream of events.
    """

    def __init__(self, root: str, revisits: Revisits, *, open_events: Callable[[], InotifyFD] = InotifyFD) -> None:
        self._root_path = root
        self._revisits = revisits
        self._open_events = open_events
        self._events: InotifyFD | None = None
        self._descriptor = -1
        self._device = 0
        self._lock = threading.RLock()
        self._root = _Folder("", None)
        self._folder_of: dict[int, _Folder] = {}
        self._numbers = count(1)
        self._trouble: WatchLimitError | None = None

    @property
    def folders(self) -> int:
        """How many folders are watched."""
        return len(self._folder_of)

    @property
    def trouble(self) -> WatchLimitError | None:
        """Why this watcher cannot be relied on any more, or None while it can."""
        if self._trouble is None and self._events is not None and not self._events.is_alive():
            self._trouble = self._limit("its stream of events has ended")
        return self._trouble

    def start(self) -> None:
        """Watch every folder below the root; what changes from now on is noted.

        Look at the whole share after this: what changed before is not told.

        Raises:
            SourceUnavailableError: The root cannot be opened.
            WatchLimitError: The system does not watch so many folders; nothing is watched.
        """
        self._descriptor = open_root(self._root_path)
        try:
            self._device = os.fstat(self._descriptor).st_dev
            self._events = self._open_events()
            self._events.start()
            with self._lock:
                self._watch_tree(self._root)
        except OSError as error:
            self.close()
            raise self._limit(_LIMITS.get(error.errno or 0, error.strerror or str(error))) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Watch nothing any more; may be called again."""
        with self._lock:
            self._folder_of.clear()  # what still comes in is of no interest
            events, self._events = self._events, None
        if events is not None and events.is_alive():
            events.stop()
            events.join()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def on_event(self, event: InotifyEvent) -> None:
        """Note an event; called by watchdog's thread."""
        with self._lock:
            folder = self._folder_of.get(event.wd)
            if folder is not None:
                self._reliably(lambda: self._note(folder, event))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Forget a folder that the system stopped watching, as it is gone; called by watchdog's thread."""
        with self._lock:
            folder = self._folder_of.pop(wd, None)
            if folder is None:
                return
            folder.watch = -1
            if folder is self._root:
                self._revisits.note_everything(_ROOT_GONE)
            elif not folder.below:
                self._detach(folder)

    def on_queue_overflow(self) -> None:
        """Begin anew, as anything may have happened; called by watchdog's thread."""
        with self._lock:
            self._reliably(self._watch_anew)
            self._revisits.note_everything(_LOST)

    def _reliably(self, act: Callable[[], None]) -> None:
        # an error would end watchdog's thread without a word, and with it all that is told of changes
        try:
            act()
        except OSError as error:
            self._trouble = self._limit(_LIMITS.get(error.errno or 0, error.strerror or str(error)))
            self._revisits.note_everything(self._trouble.detail)

    def _limit(self, detail: str) -> WatchLimitError:
        return WatchLimitError(root=self._root_path, detail=detail)

    def _note(self, folder: _Folder, event: InotifyEvent) -> None:
        if not event.name:
            if folder is self._root:
                self._revisits.note_everything(_ROOT_GONE)
            elif event.mask & _UNMOUNTED:
                self._revisits.note(folder.path, is_tree=True)
            return  # of others the folder above tells, by their name
        name = os.fsdecode(event.name)
        if event.mask & InotifyConstants.IN_ISDIR:
            self._note_folder(folder, name, event)
        else:
            self._revisits.note(folder.path)
        if event.is_moved_from:
            self._revisits.note_departure(event.cookie)
        elif event.is_moved_to:
            self._revisits.note_arrival(event.cookie)

    def _note_folder(self, above: _Folder, name: str, event: InotifyEvent) -> None:
        path = above.path
        known = above.below.get(name)
        if event.mask & _LEAVES:
            if known is not None:
                self._forget(known)
        elif known is None or not event.is_attrib:
            # watched first and looked at later, so that nothing that is put in between can be missed
            self._watch_tree(known or _Folder(name, above))
        self._revisits.note(f"{path}/{name}" if path else name, is_tree=True)

    def _watch_anew(self) -> None:
        self._forget(self._root)
        self._root = _Folder("", None)
        self._watch_tree(self._root)

    def _watch_tree(self, start: _Folder) -> None:
        """Watch a folder and all below it.

        Raises:
            OSError: The system refuses, whatever the folder.
        """
        reach = Reach(self._descriptor, max_open=_FOLDERS_OPEN)
        pending = [start]
        try:
            while pending:
                folder, names = self._watch(pending.pop(), reach)
                # a name may stand for another folder than before; which one, its watch will tell
                pending.extend(folder.below.get(name) or _Folder(name, folder) for name in names)
        finally:
            reach.close()

    def _watch(self, place: _Folder, reach: Reach) -> tuple[_Folder, list[str]]:
        """Watch what lies at a place; return it, and the names of the folders in it that are to be watched next."""
        try:
            descriptor = reach.open(place.path)
            if os.fstat(descriptor).st_dev != self._device:
                return place, []
            # by way of its descriptor, so that no path is too long and no link leads anywhere
            folder = self._watched_at(place, b"/proc/self/fd/%d/." % descriptor)
            if folder is None:
                return place, []
            with os.scandir(descriptor) as entries:
                return folder, [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            if error.errno in _OF_ONE_FOLDER:
                return place, []
            raise

    def _watched_at(self, place: _Folder, path: bytes) -> _Folder | None:
        if self._events is None:
            return None
        number = next(self._numbers)
        mask = _OF_ROOT if place is self._root else _OF_FOLDER
        watch = self._events.add_callback(path, mask, self, CallbackId(number))
        if watch < 0:  # watchdog's answer where the right to read is missing
            return None
        known = self._folder_of.get(watch)
        if known is None:
            if place.watch >= 0:
                self._forget(place)  # another folder has taken its name
            place.watch, place.number = watch, number
            self._folder_of[watch] = place
            self._attach(place)
            return place
        # the very same folder, known already: of two entries for one watch each would be told
        self._events.remove_callbacks([(watch, CallbackId(known.number))])
        known.number = number
        if known is not place:
            if place.is_in(known):  # mounted once more inside itself
                return None
            self._move(known, place)
        return known

    def _move(self, known: _Folder, place: _Folder) -> None:
        """Note that a folder lies elsewhere now than it is known to."""
        if place.watch >= 0:
            self._forget(place)
        self._detach(known)
        known.name, known.above = place.name, place.above
        self._attach(known)

    def _attach(self, folder: _Folder) -> None:
        if folder.above is not None:
            folder.above.below[folder.name] = folder

    def _detach(self, folder: _Folder) -> None:
        if folder.above is not None and folder.above.below.get(folder.name) is folder:
            del folder.above.below[folder.name]

    def _forget(self, start: _Folder) -> None:
        self._detach(start)
        for folder in start.branch():
            if self._folder_of.pop(folder.watch, None) is not None and self._events is not None:
                self._events.remove_callbacks([(WatchDescriptor(folder.watch), CallbackId(folder.number))])
            folder.watch = -1
