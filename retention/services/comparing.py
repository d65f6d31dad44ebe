"""Does the catalogue agree with the destruction log? Compared both ways; where it does not, the log is the authority.

What was noted for the log and not yet delivered counts as told: a change and its entry are stored in one transaction.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from disposal_log import DisposalLog, EntryType, LogReader, Result, StoredEntry, manifest_root
from disposal_log.files.durable import is_locked
from disposal_log.formats.entries import read_time
from retention.domain.batches import BatchState, ItemState
from retention.domain.people import Person, Role
from retention.errors import LogDamagedError, LogUnavailableError, RefusedByPolicyError
from retention.services import recording
from retention.services.disposing.journal import STATE_OF_RESULT
from retention.services.log_access import our_errors
from retention.services.proposing import item_record
from retention.store import batches, log_index, outbox
from retention.store.catalogue import Catalogue, Transaction
from retention.store.instants import stored
from retention.store.log_index import KnownBatch, KnownDecision, KnownThings

_FACTS = ("asset", "class", "schedule", "items", "bytes", "manifest", "proposer")
REBUILT_DECISION = "as the destruction log has it; the reason that was given is not kept here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing on which catalogue and log do not agree.

    Attributes:
        thing: Which batch, item, decision, certificate, hold or entry.
        words: How they differ.
        can_be_rebuilt: Whether the log knows enough to put the catalogue right.
    """

    thing: str
    words: str
    can_be_rebuilt: bool = False

    def in_words(self) -> str:
        """Say it for people."""
        return f"{self.thing}: {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of comparing, and how many entries wait to be delivered to the log."""

    differences: tuple[Difference, ...]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was put right in the catalogue, and what the log does not know enough about."""

    restated: tuple[Difference, ...]
    left: tuple[Difference, ...]


def compare(catalogue: Catalogue, log: Path) -> Comparison:
    """Compare the catalogue with the log, both ways; reads all of both and changes nothing.

    Raises:
        LogUnavailableError: The log cannot be read, or somebody writes it just now.
        LogDamagedError: Its entries are not those that were signed.
    """
    if is_locked(log):
        raise LogUnavailableError(
            what=f"the destruction log {log} is being written, and the catalogue with it",
            not_done="They were not compared: what is under way would look like a difference.",
            next_step="Run the same command again when that is done.",
        )
    return _compare(catalogue, log)


def _compare(catalogue: Catalogue, log: Path) -> Comparison:
    with our_errors(), LogReader(log) as reader:
        told, ids = _told_by(recording.signed_entries(reader))
    with catalogue.reading() as tx:
        known = log_index.known_things(tx)
        waiting = outbox.pending(tx)
        lists = {name: _list_root(tx, name, str(batch.facts.get("asset"))) for name, batch in known.batches.items()}
    for each in waiting:
        draft = json.loads(each.draft)
        _follow(told, {**draft["body"], "type": draft["type"], "id": each.entry_id, "time": draft["time"]})
    found = (*_differences(known, told, ids), *_changed_lists(lists, told))
    return Comparison(differences=found, waiting=len(waiting))


def _list_root(tx: Transaction, batch_id: str, asset_id: str) -> str:
    """Compute the root over a batch's items as they are here; memory stays flat."""
    try:
        return manifest_root(item_record(item) for item in batches.items(tx, batch_id, asset_id=asset_id))
    except ValueError as error:  # a row that says what no row of ours says
        return f"nothing readable ({error})"


def _changed_lists(lists: Mapping[str, str], told: KnownThings) -> Iterator[Difference]:
    for name, root in lists.items():
        if name in told.batches and root != told.batches[name].facts["manifest"]:
            words = "its list of files in the catalogue is not the one whose root is in the log"
            yield Difference(thing=f"batch {name}", words=words)


def rebuild(catalogue: Catalogue, log: DisposalLog, path: Path, *, person: Person, at: datetime) -> Rebuilt:
    """Put the catalogue right as far as the log knows: decisions, where each batch stands, what became of each item.

    The log holds no list of a batch's files, no certificate and no words of a hold; what lacks those stays as it is and
    is named. The log records that this was done before it is done.

    Raises:
        RefusedByPolicyError: `person` is no administrator.
        LogUnavailableError, LogDamagedError: The log cannot be read or written.
    """
    if not person.has(Role.ADMINISTRATOR):
        raise RefusedByPolicyError(
            what=f"{person.person_id} is no administrator, and nobody else rebuilds the catalogue",
            not_done="Nothing was changed.",
            next_step="Ask one, or have the role entered: retention users add",
        )
    found = _compare(catalogue, path).differences
    restated = tuple(each for each in found if each.can_be_rebuilt)
    if restated:
        with our_errors():
            told, _ = _told_by(recording.signed_entries(log))
            body = {"kind": "catalogue-rebuilt", "differences": len(found), "restated": len(restated)}
            log.append([recording.drafted(EntryType.RECONCILE, at=at, actor=person.person_id, body=body)])
        with catalogue.transaction() as tx:
            _restate(tx, log_index.known_things(tx), told)
    left = tuple(each for each in found if not each.can_be_rebuilt)
    return Rebuilt(restated=restated, left=left)


def _told_by(entries: Iterator[StoredEntry]) -> tuple[KnownThings, list[str]]:
    told, ids = KnownThings(), []
    for each in entries:
        ids.append(str(each.entry["id"]))
        try:
            _follow(told, each.entry)
        except (KeyError, TypeError, ValueError) as error:
            raise LogDamagedError(
                what=f"entry {each.seq} of the destruction log says what no entry of its kind says ({error!r})",
                not_done="The catalogue was not compared with it, and nothing was changed.",
                next_step="See `retention log verify`.",
            ) from error
    return told, ids


def _follow(told: KnownThings, entry: Mapping[str, Any]) -> None:
    """Take in an entry, as the catalogue would have stored what it tells of."""
    batch = told.batches.get(str(entry.get("batch")))
    match entry["type"]:
        case EntryType.BATCH_PROPOSED:
            told.batches[str(entry["batch"])] = KnownBatch(facts={name: entry.get(name) for name in _FACTS})
        case EntryType.CERTIFICATE_ISSUED:
            told.certificates[str(entry["certificate"])] = (str(entry["batch"]), str(entry["digest"]))
        case EntryType.HOLD_PLACED | EntryType.HOLD_LIFTED:
            told.holds[str(entry["hold"])] = entry["type"] == EntryType.HOLD_PLACED
        case EntryType.BATCH_DECISION if batch is not None:
            _follow_decision(batch, entry)
        case EntryType.ITEM_OUTCOME if batch is not None:
            batch.items[int(entry["item"])] = STATE_OF_RESULT[Result(entry["result"])]
        case EntryType.BATCH_CLOSED if batch is not None:
            batch.state = BatchState.CLOSED
        case _:
            return


def _follow_decision(batch: KnownBatch, entry: Mapping[str, Any]) -> None:
    is_approval = entry["decision"] == "approve"
    batch.state = BatchState.APPROVED if is_approval else BatchState.KEPT
    time = str(entry["time"])
    made = KnownDecision(
        decision_id=str(entry["id"]),
        decider=str(entry["decider"]),
        decision=str(entry["decision"]),
        manifest=str(entry["manifest"]),
        excluded=tuple(entry.get("excluded", ())),
        decided_at=stored(read_time(time) if time.endswith("Z") else datetime.fromisoformat(time)),
    )
    batch.decisions[made.decision_id] = made


def _differences(known: KnownThings, told: KnownThings, ids: list[str]) -> Iterator[Difference]:
    for name in sorted(known.batches.keys() | told.batches.keys()):
        thing = f"batch {name}"
        if name not in told.batches:
            yield Difference(thing=thing, words="it is in the catalogue, and the log does not tell of it")
        elif name not in known.batches:
            yield Difference(
                thing=thing,
                words="the log tells of it, and it is not in the catalogue; its files are not listed in the log",
            )
        else:
            yield from _in_batch(name, known.batches[name], told.batches[name])
    yield from _named("certificate", known.certificates, told.certificates, "its text is another than was issued")
    yield from _named(
        "hold", known.holds, told.holds, "one of them says that it is in force, the other that it is lifted"
    )
    for entry_id, seq in known.acknowledged.items():
        if seq >= len(ids) or ids[seq] != entry_id:
            yield Difference(thing=f"entry {seq}", words=f"the catalogue takes it for {entry_id}, which it is not")


def _named(kind: str, known: Mapping[str, object], told: Mapping[str, object], words: str) -> Iterator[Difference]:
    for name in sorted(known.keys() | told.keys()):
        thing = f"{kind} {name}"
        if name not in told:
            yield Difference(thing=thing, words="it is in the catalogue, and the log does not tell of it")
        elif name not in known:
            yield Difference(thing=thing, words="the log tells of it, and it is not in the catalogue")
        elif known[name] != told[name]:
            yield Difference(thing=thing, words=words)


def _in_batch(name: str, known: KnownBatch, told: KnownBatch) -> Iterator[Difference]:
    thing = f"batch {name}"
    for fact in _FACTS:
        if known.facts.get(fact) != told.facts[fact]:
            words = f"its {fact} is {known.facts.get(fact)!r} in the catalogue and {told.facts[fact]!r} in the log"
            yield Difference(thing=thing, words=words)
    for decision_id in sorted(known.decisions.keys() | told.decisions.keys()):
        mine, theirs = known.decisions.get(decision_id), told.decisions.get(decision_id)
        if theirs is None:
            yield Difference(thing=thing, words=f"decision {decision_id} is in the catalogue and not in the log")
        elif mine is None or replace(mine, decided_at="") != replace(theirs, decided_at=""):
            words = f"decision {decision_id} is another in the log, or missing in the catalogue"
            yield Difference(thing=thing, words=words, can_be_rebuilt=True)
    if known.state != told.state:
        words = f"the catalogue says {known.state}, the log {told.state}"
        yield Difference(thing=thing, words=words, can_be_rebuilt=True)
    for number, state, said in _item_differences(known, told):
        words = f"the catalogue says {state or 'nothing'}, the log {said}"
        yield Difference(thing=f"item {name}/{number}", words=words, can_be_rebuilt=state is not None)


def _item_differences(known: KnownBatch, told: KnownBatch) -> Iterator[tuple[int, ItemState | None, ItemState]]:
    """Yield the items on which they differ: number, the catalogue's word and the log's."""
    left_out = {number for made in told.decisions.values() for number in made.excluded}
    is_kept = told.state is BatchState.KEPT
    for number in sorted(known.items.keys() | told.items.keys()):
        state, said = known.items.get(number), told.items.get(number)
        if said is None:  # the log names an item when something is done to it, or in the decision that left it out
            is_out = is_kept or number in left_out
            said = ItemState.EXCLUDED if is_out else ItemState.PENDING
            if is_out and state in (ItemState.EXCLUDED, ItemState.HELD):
                continue
        if state != said:
            yield number, state, said


def _restate(tx: Transaction, known: KnownThings, told: KnownThings) -> None:
    for name in known.batches.keys() & told.batches.keys():
        mine, theirs = known.batches[name], told.batches[name]
        for decision_id, made in theirs.decisions.items():
            found = mine.decisions.get(decision_id)
            if found is None or replace(found, decided_at=made.decided_at) != made:
                log_index.restate_decision(tx, name, made, reason=REBUILT_DECISION)
        if mine.state != theirs.state:
            log_index.restate_batch(tx, name, theirs.state)
        for number, state, said in _item_differences(mine, theirs):
            if state is not None:
                log_index.restate_item(tx, name, number, said)
