"""The disks that a power cut may leave, made from a recording: bytes and names that were not flushed may be gone."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchmarks.faults.disk import (
    ROOT,
    SQLITE,
    SQLITE_FLUSH,
    VOLATILE_SQLITE,
    Data,
    Databases,
    Flush,
    Names,
    Recording,
)
from benchmarks.faults.scenarios import Told

SECTOR_BYTES = 512
CHOICES_AT_A_MOMENT = 48
_SIDECAR = "sidecar"


@dataclass(frozen=True, slots=True)
class Image:
    """A disk after a power cut, and what the writer had been told by then."""

    files: Mapping[str, bytes]
    folders: tuple[str, ...]
    told: Told
    unnamed: tuple[bytes, ...] = ()  # what the blocks of removed files still hold

    def secrets_left(self) -> bool:
        """Whether a key that was destroyed stands in a block of a file that was removed."""
        return any(secret in content for secret in self.told.secrets for content in self.unnamed)

    def key(self) -> bytes:
        """Give what tells this image from others."""
        digest = sha256(repr((self.folders, self.told, self.secrets_left())).encode())
        for name in sorted(self.files):
            digest.update(repr((name, len(self.files[name]))).encode() + self.files[name])
        return digest.digest()

    def write(self, place: Path) -> None:
        """Lay the disk out in `place`, which is new."""
        place.mkdir(parents=True)
        for name in self.folders:
            (place / name).mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            path = place / name
            path.write_bytes(content)
            path.chmod(0o600)


@dataclass
class _Disk:
    """What is safe and what is not, at one moment."""

    safe: dict[int, bytes]
    loose: dict[int, list[Data]] = field(default_factory=dict)
    names: list[Names] = field(default_factory=list)
    is_safe: list[bool] = field(default_factory=list)

    def take(self, event: Data | Names | Flush, *, forgotten: str | None) -> None:
        match event:
            case Data():
                self.loose.setdefault(event.file, []).append(event)
            case Names():
                self.names.append(event)
                self.is_safe.append(False)
            case Flush() if event.site != forgotten:
                self._flush(event.file)
            case Flush():
                pass

    def _flush(self, number: int) -> None:
        done = self.loose.pop(number, [])
        if done:
            self.safe[number] = _applied(self.safe[number], done)
        # a step that touches two folders is one step: with it, all that came before in both of them lasts
        folders = {number}
        for at in range(len(self.names) - 1, -1, -1):
            touched = {folder for folder, _, _ in self.names[at].changes}
            if not self.is_safe[at] and touched & folders:
                self.is_safe[at] = True
                folders |= touched


def images(
    recording: Recording, *, forgotten: str | None = None, seed: int = 0, choices: int = CHOICES_AT_A_MOMENT
) -> Iterator[Image]:
    """Yield the disks that a power cut could leave, at each moment of a recording, each once.

    With `forgotten`, the flushes that this place in the code asks for do nothing.
    """
    rng = random.Random(seed)  # noqa: S311  # the same disks in every run
    disk = _Disk(safe=dict(recording.contents))
    seen: set[bytes] = set()
    told = Told()
    states: list[Mapping[str, bytes]] = []
    for event in recording.events:
        match event:
            case Told():
                told = event
            case Databases():
                states.append(event.files)
            case _:
                disk.take(event, forgotten=forgotten)
        if not states:
            continue
        for image in _at_this_moment(recording, disk, states, told, rng, choices, forgotten=forgotten):
            key = image.key()
            if key not in seen:
                seen.add(key)
                yield image


def _at_this_moment(
    recording: Recording,
    disk: _Disk,
    states: Sequence[Mapping[str, bytes]],
    told: Told,
    rng: random.Random,
    choices: int,
    *,
    forgotten: str | None,
) -> Iterator[Image]:
    contents = {number: list(_variants(disk.safe[number], done, rng)) for number, done in disk.loose.items()}
    surviving = list(_surviving(disk, rng))
    databases = list(_databases(states, is_values_loose=forgotten == SQLITE_FLUSH))
    dimensions: list[Sequence[object]] = [surviving, databases, *contents.values()]
    total = 1
    for each in dimensions:
        total *= len(each)
    picks: Iterator[tuple[object, ...]] = itertools.product(*dimensions)
    if total > choices:
        extremes = [tuple(each[0] for each in dimensions), tuple(each[-1] for each in dimensions)]
        by_chance = (tuple(rng.choice(each) for each in dimensions) for _ in range(choices))
        picks = itertools.chain(extremes, by_chance)
    for survived, files, *found in picks:
        written = dict(zip(contents, found, strict=True))
        yield _image(recording, {**disk.safe, **written}, survived, files, told)  # type: ignore[arg-type, dict-item]  # by their place


def _surviving(disk: _Disk, rng: random.Random) -> Iterator[tuple[Names, ...]]:
    """Yield the steps that may have reached the disk: in each folder a beginning of what was done, independently."""
    loose = [at for at, is_safe in enumerate(disk.is_safe) if not is_safe]
    safe = frozenset(range(len(disk.names))) - frozenset(loose)
    folders = sorted({folder for at in loose for folder, _, _ in disk.names[at].changes})
    per_folder = [
        [at for at in loose if any(each[0] == folder for each in disk.names[at].changes)] for folder in folders
    ]
    lengths: Iterator[tuple[int, ...]] = itertools.product(*(range(len(each) + 1) for each in per_folder))
    ways = 1
    for each in per_folder:
        ways *= len(each) + 1
    if ways > CHOICES_AT_A_MOMENT:
        by_chance = (tuple(rng.randint(0, len(each)) for each in per_folder) for _ in range(CHOICES_AT_A_MOMENT))
        lengths = itertools.chain([(0,) * len(per_folder), tuple(map(len, per_folder))], by_chance)
    seen: set[frozenset[int]] = set()
    for chosen in lengths:
        kept = _closed(
            disk, {at for each, length in zip(per_folder, chosen, strict=True) for at in each[:length]}, loose
        )
        if kept not in seen:
            seen.add(kept)
            yield tuple(step for at, step in enumerate(disk.names) if at in kept or at in safe)


def _closed(disk: _Disk, kept: set[int], loose: Sequence[int]) -> frozenset[int]:
    """Add what must have come before: a step that touches two folders belongs to the history of both."""
    folders: dict[int, int] = {}
    for at in reversed(loose):
        touched = [folder for folder, _, _ in disk.names[at].changes]
        if at in kept or any(folders.get(folder, -1) > at for folder in touched):
            kept.add(at)
            for folder in touched:
                folders[folder] = max(at, folders.get(folder, -1))
    return frozenset(kept)


def _databases(states: Sequence[Mapping[str, bytes]], *, is_values_loose: bool) -> Iterator[dict[str, bytes]]:
    for index in {0, len(states) // 2, len(states) - 1}:
        values = states[index if is_values_loose else -1]
        found = {name: values[name] for name in SQLITE if name in values}
        yield found | {name: states[index][name] for name in VOLATILE_SQLITE if name in states[index]}


def _variants(before: bytes, done: Sequence[Data], rng: random.Random) -> Iterator[bytes]:
    """Yield what a file may hold: the old, the steps up to any one, that one torn, as zeros, or some of its sectors."""
    yield before
    after = before
    for step in done:
        last, after = after, _applied(after, [step])
        if step.content:
            for cut in {len(step.content) // 2, len(step.content) // SECTOR_BYTES * SECTOR_BYTES} - {0}:
                yield _applied(last, [Data(step.file, step.at, step.content[:cut])])
            yield _applied(last, [Data(step.file, step.at, bytes(len(step.content)))])
            yield _applied(last, [Data(step.file, step.at, _some_sectors(step.content, rng))])
        if after != before:
            yield after


def _some_sectors(content: bytes, rng: random.Random) -> bytes:
    parts = [content[at : at + SECTOR_BYTES] for at in range(0, len(content), SECTOR_BYTES)]
    return b"".join(part if rng.random() < 0.5 else bytes(len(part)) for part in parts)


def _applied(content: bytes, done: Sequence[Data]) -> bytes:
    found = bytearray(content)
    for step in done:
        length = step.at if step.content is None else step.at + len(step.content)
        if len(found) < length:
            found.extend(bytes(length - len(found)))
        if step.content is None:
            del found[step.at :]
        else:
            found[step.at : length] = step.content
    return bytes(found)


def _image(
    recording: Recording,
    contents: Mapping[int, bytes],
    survived: Sequence[Names],
    databases: Mapping[str, bytes],
    told: Told,
) -> Image:
    tree = {number: dict(names) for number, names in recording.folders.items()}
    for step in survived:
        for folder, name, number in step.changes:
            if number is None:
                tree.setdefault(folder, {}).pop(name, None)
            else:
                tree.setdefault(folder, {})[name] = number
    files: dict[str, bytes] = {}
    folders: list[str] = []
    named: set[int] = set()

    def visit(number: int, path: str) -> None:
        for name, found in tree.get(number, {}).items():
            if found in contents:
                files[path + name] = contents[found]
                named.add(found)
            else:
                folders.append(path + name)
                visit(found, f"{path}{name}/")

    visit(ROOT, "")
    if _SIDECAR in folders:
        files.update({f"{_SIDECAR}/{name}": content for name, content in databases.items()})
    unnamed = tuple(content for number, content in contents.items() if number not in named) if told.secrets else ()
    return Image(files=files, folders=tuple(folders), told=told, unnamed=unnamed)
