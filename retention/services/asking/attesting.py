"""Attesting: somebody says when an event happened or whether a fact holds, for a case or file, and on what basis.

A statement settles every file it is about at once: their appraisals are marked to be made again in the transaction
that stores it. Nothing is overwritten: a correction replaces a statement, a mistake is withdrawn, and all of them are
kept here and in the destruction log.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from disposal_log import EntryType
from retention.clock import civil_date
from retention.domain.assets import InformationAsset, Source
from retention.domain.attestations import Attestation, AttestationState, Reach
from retention.domain.naming import path_fields, shown
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, UnknownThingError
from retention.services import recording
from retention.services.reaching import is_address
from retention.services.schedules.versions import schedule_in_force
from retention.store import assets, attestations
from retention.store.catalogue import Catalogue, Transaction
from rules import DisposalSchedule, event_keys, fact_names

_LONGEST_BASIS = 2_000
_MOST_FAULTS = 20
_FIRST_DAY = date(1900, 1, 1)
_OF_SOMEBODY = frozenset({"date_of_birth", "date_of_death"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody wants to be taken for so: `on` for an event, `holds` for a fact, never both.

    `place` is an absolute path, or `SOURCE:PATH` below a registered root. `classes` are those it is about, none for
    all.
    """

    place: str
    key: str
    on: date | None
    holds: bool | None
    basis: str
    reach: Reach = Reach.EVERYTHING
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationMade:
    """What was stored, what it took the place of, and how many copies must be appraised again for it."""

    attestation: Attestation
    replaced: Attestation | None
    copies: int


def attest(catalogue: Catalogue, said: Said, *, person: Person, at: datetime) -> AttestationMade:
    """Store a statement and note it for the log; one about the very same thing is replaced by it, and stays.

    Raises:
        RefusedByPolicyError: `person` is neither a records manager nor the owner of the asset.
        InvalidInputError: There is no basis, the day is still to come, the schedule asks for no such thing, or
            the place is a whole root.
        UnknownThingError: The place lies below no registered root, or nothing is known there.
    """
    schedule = schedule_in_force(catalogue)
    with catalogue.transaction() as tx:
        attestations.lock(tx)
        return _record(tx, said, schedule, person=person, at=at)


def attest_all(
    catalogue: Catalogue, said: Sequence[tuple[str, Said]], *, person: Person, at: datetime
) -> tuple[AttestationMade, ...]:
    """Store many statements, each with the words for where it stands ("row 12"): all of them, or none.

    Raises:
        InvalidInputError: Some cannot be stored, whatever the reason; the first of them are listed.
    """
    schedule = schedule_in_force(catalogue)
    faults: list[str] = []
    made: list[AttestationMade] = []
    with catalogue.transaction() as tx:
        attestations.lock(tx)
        for place, one in said:
            try:
                made.append(_record(tx, one, schedule, person=person, at=at))
            except (InvalidInputError, RefusedByPolicyError, UnknownThingError) as error:
                faults.append(f"{place}: {error.what}")
        if faults:  # leaving with an error takes back what was stored so far
            more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
            raise _not_stated("; ".join(faults[:_MOST_FAULTS]) + more, "Correct them, then give the whole file again.")
    return tuple(made)


def _record(
    tx: Transaction, said: Said, schedule: DisposalSchedule, *, person: Person, at: datetime
) -> AttestationMade:
    _check_answer(said, on=civil_date(at))
    _check_asked_for(schedule, said)
    source, path = located(tx, said.place)
    asset = assets.asset(tx, source.asset_id)
    _check_may_attest(person, asset)
    _check_place(tx, source, path, said.reach)
    made = Attestation(
        attestation_id=attestations.next_number(tx),
        source_id=source.source_id,
        path=path,
        reach=said.reach,
        key=said.key,
        on=said.on,
        holds=said.holds,
        basis=shown(said.basis.strip()),
        classes=tuple(sorted(set(said.classes))),
        stated_by=person.person_id,
        stated_at=at,
    )
    before = attestations.standing(tx, made)
    if before is not None:
        before = replace(
            before,
            state=AttestationState.REPLACED,
            ended_at=at,
            ended_by=person.person_id,
            ended_reason=made.basis,
            replaced_by=made.attestation_id,
        )
        attestations.end(tx, before)
    copies = attestations.add(tx, made)
    _note_attested(tx, made, before, asset=asset, person=person, copies=copies)
    return AttestationMade(attestation=made, replaced=before, copies=copies)


def withdraw(
    catalogue: Catalogue, attestation_id: str, *, reason: str, person: Person, at: datetime
) -> AttestationMade:
    """Take back a statement, for a reason; what it settled is open again. It stays on record.

    Raises:
        RefusedByPolicyError: `person` is neither a records manager nor the owner of the asset.
        InvalidInputError: There is no reason.
        UnknownThingError: There is no such statement.
        StaleError: It was replaced or withdrawn already.
    """
    if not reason.strip():
        raise InvalidInputError(
            what="a statement is withdrawn for a reason",
            not_done="The statement stands.",
            next_step="Give one with --reason.",
        )
    with catalogue.transaction() as tx:
        found = attestations.one(tx, attestation_id)
        _check_may_attest(person, assets.asset(tx, assets.source(tx, found.source_id).asset_id))
        attestations.lock(tx)
        ended = replace(
            found,
            state=AttestationState.WITHDRAWN,
            ended_at=at,
            ended_by=person.person_id,
            ended_reason=shown(reason.strip()),
        )
        copies = attestations.end(tx, ended)
        recording.note(
            tx,
            recording.drafted(
                EntryType.EVENT_WITHDRAWN,
                at=at,
                actor=person.person_id,
                body={"statement": ended.attestation_id, "key": ended.key, "copies": copies},
                disclosures={"reason": ended.ended_reason or "", "withdrawn_by": person.name},
            ),
        )
    return AttestationMade(attestation=ended, replaced=None, copies=copies)


def list_statements(catalogue: Catalogue) -> tuple[Attestation, ...]:
    """Return every statement ever made, oldest first, replaced and withdrawn ones too."""
    with catalogue.reading() as tx:
        return tuple(attestations.every(tx))


def statement_fields(one: Attestation) -> dict[str, object]:
    """Return a statement for machines."""
    return {
        "statement": one.attestation_id,
        "state": one.state,
        "source": one.source_id,
        **path_fields(one.path),
        "reach": one.reach,
        "key": one.key,
        "on": None if one.on is None else one.on.isoformat(),
        "holds": one.holds,
        "basis": one.basis,
        "classes": list(one.classes),
        "stated_by": one.stated_by,
        "stated_at": one.stated_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "ended_by": one.ended_by,
        "ended_reason": one.ended_reason,
        "replaced_by": one.replaced_by,
    }


def located(tx: Transaction, words: str) -> tuple[Source, str]:
    """Return the source and the path below its root that `words` name: a path, an address, or `SOURCE:PATH`.

    Raises:
        UnknownThingError: It lies below no registered root.
    """
    if is_address(words):
        if (found := assets.source_of_path(tx, words)) is not None:
            return found
        raise _no_place(words)
    source_id, colon, path = words.partition(":")
    if colon and (named := next((one for one in assets.sources(tx) if one.source_id == source_id), None)) is not None:
        return named, path.strip("/")
    # links in the folders are resolved, as they were for the root; the last name is what was scanned
    folder, name = os.path.split(os.path.abspath(words))  # noqa: PTH100  # names may be any bytes
    for candidate in (os.path.join(folder, name), os.path.join(os.path.realpath(folder), name)):  # noqa: PTH118
        if (found := assets.source_of_path(tx, candidate)) is not None:
            return found
    raise _no_place(words)


def _check_answer(said: Said, *, on: date) -> None:
    if not said.basis.strip():
        raise _not_stated("a statement needs a basis", "Say with --basis how you know: a register, a letter, a person.")
    if len(said.basis) > _LONGEST_BASIS:
        raise _not_stated(f"the basis is longer than {_LONGEST_BASIS} characters", "Name the document; do not copy it.")
    if (said.on is None) == (said.holds is None):
        raise _not_stated("a statement gives either a day, or yes or no", "Give one of --on, --yes and --no.")
    if said.on is not None and said.on < _FIRST_DAY:
        raise _not_stated(f"{said.on} is before {_FIRST_DAY}", "Look for a slip of the pen: no rule counts from then.")
    if said.on is not None and said.on > on:
        raise _not_stated(f"{said.on} is still to come", "State it when it has happened: until then it may change.")


def _check_asked_for(schedule: DisposalSchedule, said: Said) -> None:
    if unknown := [one for one in said.classes if one not in schedule.by_id]:
        raise _not_stated(f"there is no class {shown(unknown[0][:80])!r} in the schedule in force", "Name one that is.")
    if said.key in _OF_SOMEBODY and not said.classes:
        raise _not_stated(
            f"whose {said.key.replace('_', ' ')} it is, only the class tells",
            "Name the classes it is about with --class.",
        )
    known = event_keys(schedule) if said.on is not None else fact_names(schedule)
    if said.key in known:
        return
    other = event_keys(schedule) if said.on is None else fact_names(schedule)
    if said.key in other:
        word = "a day with --on" if said.on is None else "--yes or --no"
        raise _not_stated(f"{said.key} is not answered in that way", f"Give {word}.")
    raise _not_stated(
        f"no rule of schedule {schedule.schedule_version} asks for {shown(said.key[:80])!r}",
        "See what is asked with: retention events questions",
    )


def _check_place(tx: Transaction, source: Source, path: str, reach: Reach) -> None:
    if not path and reach is Reach.EVERYTHING:
        raise _not_stated(f"{source.source_id} is a whole root", "Name a case folder or a file below it.")
    if not attestations.count_covered(tx, source.source_id, path):
        raise UnknownThingError(kind="known file at or below", name=shown(f"{source.source_id}:{path}"[:200]))


def _check_may_attest(person: Person, asset: InformationAsset) -> None:
    is_owner = person.has(Role.IAO) and person.person_id == asset.owner_id
    if not (is_owner or person.has(Role.RECORDS_MANAGER)):
        raise RefusedByPolicyError(
            what=f"{person.person_id} may not say what happened to records of {asset.asset_id}",
            not_done="Nothing was stated.",
            next_step=f"Ask its owner, {asset.owner_id}, or a records manager.",
        )


def _no_place(words: str) -> UnknownThingError:
    return UnknownThingError(kind="place below a registered root", name=shown(words[:200]))


def _not_stated(what: str, next_step: str) -> InvalidInputError:
    return InvalidInputError(what=what, not_done="Nothing was stated.", next_step=next_step)


def _note_attested(
    tx: Transaction,
    made: Attestation,
    before: Attestation | None,
    *,
    asset: InformationAsset,
    person: Person,
    copies: int,
) -> None:
    body: dict[str, str | int | list[str]] = {
        "statement": made.attestation_id,
        "key": made.key,
        "reach": str(made.reach),
        "asset": asset.asset_id,
        "source": made.source_id,
        "copies": copies,
    }
    if made.classes:
        body["classes"] = list(made.classes)
    if before is not None:
        body["replaces"] = before.attestation_id
    recording.note(
        tx,
        recording.drafted(
            EntryType.EVENT_ATTESTED,
            at=made.stated_at,
            actor=person.person_id,
            body=body,
            # a day may be somebody's date of birth, and an answer say something about somebody's life
            disclosures={
                "path": os.fsencode(made.path),
                "answer": made.answer,
                "basis": made.basis,
                "stated_by": person.name,
            },
        ),
    )
