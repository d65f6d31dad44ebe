"""Trust policies: which logs, which witnesses, and how many of them are enough (C2SP tlog-policy).

Stands above `notes`. A policy is read whole or refused; what is doubtful is refused, for a policy that two
readers understand differently protects nobody. It judges keys whose signatures somebody else has checked.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from disposal_log.errors import KeyInvalidError, PolicyInvalidError
from disposal_log.signing.notes import VerifierKey, key_hash, require_key_name, strict_base64

MAX_POLICY_BYTES = 1_000_000
NO_QUORUM = "none"  # tlog-policy: predefined, never the name of a witness or group

ED25519 = 0x01
COSIGNATURE = 0x04  # tlog-cosignature: Ed25519 with a time
ML_DSA_44 = 0x06
_KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}

_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\x80-\U0010ffff]")  # tlog-policy: the only control characters are these two
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_COMMENT = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLog:
    """A log whose checkpoints count."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWitness:
    """A witness whose cosignature may count. `name` means something within the policy only."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyGroup:
    """A group that has witnessed when `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Logs, witnesses, groups of them, and the quorum; whole and consistent as soon as it exists.

    Raises:
        PolicyInvalidError: from the constructor, for unknown or repeated names, repeated keys, thresholds that
            cannot be met, and groups that name themselves or a later group.
    """

    logs: tuple[PolicyLog, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: tuple[PolicyGroup, ...] = ()
    quorum: str = NO_QUORUM

    def __post_init__(self) -> None:
        _require_distinct_keys("log", (log.key for log in self.logs))
        _require_distinct_keys("witness", (witness.key for witness in self.witnesses))
        names: set[str] = set()
        for name in (*(each.name for each in self.witnesses), *(each.name for each in self.groups)):
            _require_name(name)
            if name in names:
                raise PolicyInvalidError(reason=f"the name {name!r} is given twice")
            names.add(name)
        self._require_groups()
        if self.quorum != NO_QUORUM and self.quorum not in names:
            raise PolicyInvalidError(reason=f"the quorum {self.quorum!r} is neither a witness nor a group")

    def _require_groups(self) -> None:
        known = {witness.name for witness in self.witnesses}
        used: set[str] = set()
        for group in self.groups:
            if not 1 <= group.threshold <= len(group.members):
                raise PolicyInvalidError(
                    reason=f"group {group.name!r} asks for {group.threshold} of {len(group.members)}"
                )
            for member in group.members:
                # a group may only name what stands before it, so no group can lead back to itself
                if member not in known:
                    raise PolicyInvalidError(reason=f"group {group.name!r} names {member!r}, unknown up to there")
                if member in used:
                    # tlog-policy: each name is a member at most once, so that nobody counts twice
                    raise PolicyInvalidError(reason=f"{member!r} is a member a second time, of {group.name!r}")
                used.add(member)
            known.add(group.name)

    @classmethod
    def parse(cls, text: str | bytes) -> "Policy":
        """Read a policy file.

        A plain Ed25519 key of a witness (type 0x01) is taken for its cosignature key (0x04), as older policies
        mean it. Duplicate keys are refused even though older readers took them.

        Raises:
            PolicyInvalidError: if it is malformed, names what it does not define, or repeats a name or key.
        """
        # octets above ASCII are opaque: text that is not UTF-8 comes through unchanged
        whole = text.decode("utf-8", errors="surrogateescape") if isinstance(text, bytes) else text
        if len(whole) > MAX_POLICY_BYTES:
            raise PolicyInvalidError(reason=f"it is longer than {MAX_POLICY_BYTES} bytes")
        if _FORBIDDEN.search(whole):
            raise PolicyInvalidError(reason="it holds a control character")
        if not whole.endswith("\n"):
            raise PolicyInvalidError(reason="its last line has no newline; it may have been cut off")
        return _Reading().read(whole)

    def text(self) -> str:
        """Spell the policy; `parse` reads it back as the same."""
        lines = [
            *(_spell("log", str(log.key), log.url) for log in self.logs),
            *(_spell("witness", each.name, str(each.key), each.url) for each in self.witnesses),
            *(_spell("group", each.name, str(each.threshold), *each.members) for each in self.groups),
            _spell("quorum", self.quorum),
        ]
        return "".join(lines)

    @property
    def needs_witnesses(self) -> bool:
        """Whether a checkpoint must be cosigned at all."""
        return self.quorum != NO_QUORUM

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the logs, to check a checkpoint's own signature with."""
        return tuple(log.key for log in self.logs)

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the witnesses, to check cosignatures with."""
        return tuple(witness.key for witness in self.witnesses)

    def is_satisfied_by(self, cosigners: Iterable[VerifierKey]) -> bool:
        """Tell whether cosignatures by these keys make up the quorum.

        The caller has checked the signatures, with keys out of `witness_keys`; unknown keys count for nothing.
        The log's own signature is not asked for here.
        """
        if not self.needs_witnesses:
            return True
        keys = frozenset(cosigners)
        met = {witness.name for witness in self.witnesses if witness.key in keys}
        for group in self.groups:  # members stand before their group, so one pass is enough
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum in met


class _Reading:
    """One pass over the lines of a policy; every name must be known where it is used."""

    def __init__(self) -> None:
        self._logs: list[PolicyLog] = []
        self._witnesses: list[PolicyWitness] = []
        self._groups: list[PolicyGroup] = []
        self._names: set[str] = set()
        self._quorum: str | None = None

    def read(self, text: str) -> Policy:
        for number, line in enumerate(text[:-1].split("\n"), start=1):
            words = line.replace("\t", " ").split(" ")
            try:
                self._line([word for word in words if word])
            except (PolicyInvalidError, KeyInvalidError) as error:
                raise PolicyInvalidError(reason=f"line {number}: {error.reason}") from error
        if self._quorum is None:
            raise PolicyInvalidError(reason="it has no quorum line")
        return Policy(
            logs=tuple(self._logs),
            witnesses=tuple(self._witnesses),
            groups=tuple(self._groups),
            quorum=self._quorum,
        )

    def _line(self, words: list[str]) -> None:
        match words:
            case []:
                pass
            case [word, *_] if word.startswith(_COMMENT):
                pass
            case ["log", vkey, *rest]:
                self._logs.append(PolicyLog(key=read_policy_key(vkey), url=_url(rest)))
            case ["witness", name, vkey, *rest]:
                self._define(name)
                self._witnesses.append(PolicyWitness(name=name, key=_cosigning(vkey), url=_url(rest)))
            case ["group", name, count, *members]:
                self._group(name, count, tuple(members))
            case ["quorum", name, *rest]:
                _require_comment(rest)
                self._set_quorum(name)
            case _:
                raise PolicyInvalidError(reason=f"{' '.join(words)[:80]!r} is no definition")

    def _group(self, name: str, count: str, members: tuple[str, ...]) -> None:
        for member in members:
            if member not in self._names:
                raise PolicyInvalidError(reason=f"group {name!r} names {member!r}, unknown up to there")
        self._define(name)
        self._groups.append(PolicyGroup(name=name, threshold=_threshold(count, len(members)), members=members))

    def _define(self, name: str) -> None:
        _require_name(name)
        if name in self._names:
            raise PolicyInvalidError(reason=f"the name {name!r} is given twice")
        self._names.add(name)

    def _set_quorum(self, name: str) -> None:
        if self._quorum is not None:
            raise PolicyInvalidError(reason="there is a second quorum line")
        if name != NO_QUORUM and name not in self._names:
            raise PolicyInvalidError(reason=f"the quorum {name!r} is unknown up to there")
        self._quorum = name


def read_policy_key(vkey: str) -> VerifierKey:
    """Read a key of a log or witness, whatever signs with it here: Ed25519, its cosignatures, or ML-DSA-44.

    Raises:
        KeyInvalidError: if any part is malformed, the type is another, or the hash is not that of name and key.
    """
    name, hash_hex, encoded = (*vkey.split("+", 2), "", "")[:3]
    require_key_name(name)
    body = strict_base64(encoded) or b"\x00"
    algorithm, public_key = body[0], body[1:]
    if len(public_key) != _KEY_BYTES.get(algorithm, -1):
        raise KeyInvalidError(reason=f"the key of {name} has an unknown type or a wrong length")
    if key_hash(name, algorithm=algorithm, public_key=public_key).hex() != hash_hex:
        raise KeyInvalidError(reason=f"the hash {hash_hex[:40]!r} is not that of the key of {name}")
    return VerifierKey(name=name, algorithm=algorithm, public_key=public_key)


def _cosigning(vkey: str) -> VerifierKey:
    key = read_policy_key(vkey)
    if key.algorithm != ED25519:
        return key
    return VerifierKey(name=key.name, algorithm=COSIGNATURE, public_key=key.public_key)


def _threshold(word: str, members: int) -> int:
    if word == "any":
        return 1
    if word == "all":
        return members
    if not _NUMBER.fullmatch(word):
        raise PolicyInvalidError(reason=f"{word!r} is no threshold: any, all, or a number without leading zeros")
    return int(word)


def _url(rest: list[str]) -> str | None:
    _require_comment(rest[1:])
    return rest[0] if rest else None


def _require_comment(words: list[str]) -> None:
    # one more word can only be a comment; anything else is a mistake that should not pass for a policy
    if words and not words[0].startswith(_COMMENT):
        raise PolicyInvalidError(reason=f"{words[0][:80]!r} is one word too many")


def _require_name(name: str) -> None:
    if not name or name == NO_QUORUM or name.startswith(_COMMENT) or re.search(r"[\x00-\x20\x7f]", name):
        raise PolicyInvalidError(reason=f"{name!r} cannot name a witness or group")


def _require_distinct_keys(kind: str, keys: Iterator[VerifierKey]) -> None:
    seen: set[bytes] = set()
    for key in keys:
        # tlog-policy: the same public key under another name is still the same
        if key.public_key in seen:
            raise PolicyInvalidError(reason=f"the key of {kind} {key.name} is there twice")
        seen.add(key.public_key)


def _spell(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"
