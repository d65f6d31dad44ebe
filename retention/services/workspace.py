"""A workspace: one folder with the settings, the catalogue, the destruction log and its keys."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retention.errors import InvalidInputError, NotAWorkspaceError

SETTINGS_FILE = "retention.toml"
QUARANTINE_NAME = ".retention-quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `retention.toml` says; every field has a default that keeps rather than destroys."""

    catalogue_url: str | None = None
    origin: str = "records.example/destruction"
    grace_days: int = 30
    approval_valid_days: int = 90
    max_items_per_run: int = 100_000
    stop_after_consecutive_troubles: int = 20
    workers: int = 2
    seconds_per_file: int = 60
    rotate_after_days: int = 92
    rotate_after_entries: int = 1_000_000
    drop_personal_values_after: str | None = None
    anchoring_require: str = "none"
    anchoring_policy: str | None = None
    timestamp_url: str | None = None
    second_timestamp_url: str | None = None
    timestamp_chain: str | None = None
    backup_days: int | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The places inside a workspace folder."""

    folder: Path

    @property
    def settings_file(self) -> Path:
        """Return where the settings are."""
        return self.folder / SETTINGS_FILE

    @property
    def catalogue_file(self) -> Path:
        """Return where the embedded catalogue is."""
        return self.folder / "catalogue.db"

    @property
    def log(self) -> Path:
        """Return the folder of the destruction log, which may be handed to an auditor as it is."""
        return self.folder / "log"

    @property
    def keys(self) -> Path:
        """Return the folder of the log's private keys, which may not."""
        return self.folder / "keys"

    @property
    def sidecar(self) -> Path:
        """Return the folder of the names and digests that the log only commits to."""
        return self.folder / "sidecar"

    @property
    def certificates(self) -> Path:
        """Return the folder of issued certificates."""
        return self.folder / "certificates"

    def settings(self) -> Settings:
        """Read the settings.

        Raises:
            NotAWorkspaceError: There is no settings file here.
            InvalidInputError: It is not TOML, or has an unknown or ill-typed setting.
        """
        try:
            text = self.settings_file.read_text(encoding="utf-8")
            found = tomllib.loads(text)
        except FileNotFoundError as error:
            raise NotAWorkspaceError(folder=self.folder) from error
        except UnicodeDecodeError as error:
            raise _bad_settings(self.settings_file, "it is not text in UTF-8") from error
        except tomllib.TOMLDecodeError as error:
            raise _bad_settings(self.settings_file, str(error)) from error
        except OSError as error:
            raise InvalidInputError(
                what=f"{self.settings_file} cannot be read: {error.strerror}",
                not_done="Nothing was read or changed.",
                next_step="Let this account read it, then run the command again.",
            ) from error
        return _settings(self.settings_file, found)


SETTINGS_TEMPLATE = """\
# Settings of this workspace. Every line may be left out; the value shown is the default.

[catalogue]
# Where scans and batches are kept. Leave out for the embedded database beside this file,
# or give a PostgreSQL address, e.g. "postgresql+psycopg://retention@db.example/retention".
# url = "sqlite:///catalogue.db"

[log]
# The name under which the destruction log signs; it cannot be changed later.
origin = {origin}
# The keys of the log are due for a change after so many days or entries, whichever comes first.
rotate_after_days = 92
rotate_after_entries = 1000000
# How long paths, names and digests are kept after a batch was closed; then `retention log redact --by-schedule` drops
# them, and what was destroyed, when and why stays. Leave out to keep them until somebody asks.
# drop_personal_values_after = "P7Y"

[disposal]
# Days a file waits in quarantine, where it can be restored, before it is destroyed.
grace_days = {grace_days}
# Days after which an approval lapses.
approval_valid_days = 90
# Brakes: no more items than this in one run; stop after so many troubles in a row.
max_items_per_run = 100000
stop_after_consecutive_troubles = 20

[anchoring]
# Whose word, from outside this computer, is needed before anything is destroyed: "witness", "timestamp",
# "certificate" or "none". What "none" does not prove is said in docs/witnessing.md.
require = "none"
# The witnesses and their quorum, as a C2SP tlog-policy file beside this one.
# policy = "witnesses.txt"
# Timestamping authorities (RFC 3161), the second for when the first fails, and the certificates of both (PEM).
# Nothing is fetched from a network unless they are named here.
# timestamp_url = "https://tsa.example/"
# second_timestamp_url = "https://tsa2.example/"
# timestamp_chain = "tsa.pem"

[scan]
# Files examined at the same time, each in its own killable process.
workers = 2
# A file that takes longer is reported, not waited for.
seconds_per_file = 60

[certificates]
# Days for which this organisation keeps backups: certificates say until when they may hold copies. Nothing is assumed.
# backup_days = 90
"""

_PLACES: Mapping[tuple[str, str], tuple[str, type]] = {
    ("catalogue", "url"): ("catalogue_url", str),
    ("log", "origin"): ("origin", str),
    ("log", "rotate_after_days"): ("rotate_after_days", int),
    ("log", "rotate_after_entries"): ("rotate_after_entries", int),
    ("log", "drop_personal_values_after"): ("drop_personal_values_after", str),
    ("disposal", "grace_days"): ("grace_days", int),
    ("disposal", "approval_valid_days"): ("approval_valid_days", int),
    ("disposal", "max_items_per_run"): ("max_items_per_run", int),
    ("disposal", "stop_after_consecutive_troubles"): ("stop_after_consecutive_troubles", int),
    ("anchoring", "require"): ("anchoring_require", str),
    ("anchoring", "policy"): ("anchoring_policy", str),
    ("anchoring", "timestamp_url"): ("timestamp_url", str),
    ("anchoring", "second_timestamp_url"): ("second_timestamp_url", str),
    ("anchoring", "timestamp_chain"): ("timestamp_chain", str),
    ("scan", "workers"): ("workers", int),
    ("scan", "seconds_per_file"): ("seconds_per_file", int),
    ("certificates", "backup_days"): ("backup_days", int),
}


_MOST: Mapping[str, int] = {
    "grace_days": 36_500,
    "approval_valid_days": 36_500,
    "max_items_per_run": 1_000_000_000,
    "stop_after_consecutive_troubles": 1_000_000_000,
    "rotate_after_days": 36_500,
    "rotate_after_entries": 1_000_000_000,
    "workers": 256,
    "seconds_per_file": 86_400,
    "backup_days": 36_500,
}


def find_workspace(start: str | os.PathLike[str]) -> Workspace:
    """Return the workspace at `start` or the nearest folder above it.

    Raises:
        NotAWorkspaceError: There is none.
    """
    folder = Path(start).absolute()
    for candidate in (folder, *folder.parents):
        try:
            is_here = (candidate / SETTINGS_FILE).is_file()
        except OSError:  # a name too long, or a folder that may not be entered
            continue
        if is_here:
            return Workspace(candidate)
    raise NotAWorkspaceError(folder=folder)


def _settings(file: Path, found: Mapping[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    for section, entries in found.items():
        if not isinstance(entries, Mapping):
            raise _bad_settings(file, f"`{section}` stands outside every section")
        for key, value in entries.items():
            if (section, key) not in _PLACES:
                known = ", ".join(f"[{one}] {name}" for one, name in _PLACES)
                raise _bad_settings(file, f"there is no setting [{section}] {key}; known: {known}")
            name, kind = _PLACES[section, key]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise _bad_settings(file, f"[{section}] {key} must be {'a number' if kind is int else 'text'}")
            if isinstance(value, int) and not (0 if key == "grace_days" else 1) <= value <= _MOST[key]:
                raise _bad_settings(file, f"[{section}] {key} may not be {value}")
            values[name] = value
    return Settings(**values)


def _bad_settings(file: Path, words: str) -> InvalidInputError:
    return InvalidInputError(
        what=f"{file}: {words}",
        not_done="Nothing was read or changed.",
        next_step="Correct that line and run the command again.",
    )
