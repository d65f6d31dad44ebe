"""Publishing: a new version of the schedule comes into force, and applies to all existing records.

Published versions are never changed or deleted; old decisions keep citing theirs (Slipcase Records Profile 3.6). A
class that records or decisions use cannot be dropped, only retired (MoReq2010 chapter 8).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from disposal_log import EntryType
from retention.clock import civil_date
from retention.domain.naming import shown
from retention.domain.people import Person, Role
from retention.errors import InvalidInputError, RefusedByPolicyError, StaleError, UnknownThingError
from retention.services import recording
from retention.services.schedules.comparing import ScheduleComparison, compare_schedules
from retention.services.schedules.versions import check_file, read_file, schedule_in_force, schedule_of
from retention.store import schedules
from retention.store.catalogue import Catalogue, Transaction
from retention.store.schedules import PublishedVersion
from rules import DisposalSchedule

NOT_ADOPTED = frozenset({"template", "draft", "proposed"})
WITHDRAWN = frozenset({"withdrawn", "not approved", "superseded", "expired"})
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A version that may be published: its text, and what it says otherwise than the one in force."""

    text: str
    schedule: DisposalSchedule
    comparison: ScheduleComparison

    @property
    def replaces(self) -> str:
        """Return the version in force that it was compared with."""
        return self.comparison.before


def prepare_publication(
    catalogue: Catalogue, file: str, *, person: Person, as_of: date, accepts_template: bool
) -> Publication:
    """Return what publishing `file` would change. Changes nothing.

    Raises:
        RefusedByPolicyError: `person` is not a records manager; the schedule has expired, was withdrawn or is not
            adopted; its version was published before with other content; or it drops a class that is in use.
        InvalidInputError: The file has faults, all of which are listed.
        StaleError: It is in force already, or was and has been replaced.
    """
    if not person.has(Role.RECORDS_MANAGER):
        raise _refused(f"{person.person_id} may not publish a schedule", "Ask a records manager.")
    text, schedule = read_file(file)
    _check_status(schedule, as_of=as_of, accepts_template=accepts_template)
    in_force = schedule_in_force(catalogue)
    with catalogue.reading() as tx:
        _check_new(tx, schedule)
        _check_keeps_classes(tx, schedule, in_force)
    return Publication(text=text, schedule=schedule, comparison=compare_schedules(in_force, schedule))


def publish(catalogue: Catalogue, publication: Publication, *, person: Person, at: datetime) -> str:
    """Put the version in force and note it for the log; return its name.

    From now on every record must be compared with it before it can be proposed: `appraise_copies` does so.

    Raises:
        RefusedByPolicyError: `person` is not a records manager, or a class came into use that it drops.
        StaleError: Another version was published since the publication was prepared.
    """
    if not person.has(Role.RECORDS_MANAGER):
        raise _refused(f"{person.person_id} may not publish a schedule", "Ask a records manager.")
    schedule = publication.schedule
    _check_status(schedule, as_of=civil_date(at), accepts_template=True)
    version = schedule.schedule_version
    in_force = schedule_in_force(catalogue)
    with catalogue.transaction() as tx:
        if schedules.current_version(tx) != publication.replaces:
            raise StaleError(
                what=f"another schedule than {publication.replaces} has come into force",
                not_done="Nothing was published.",
                next_step="Look at the differences again, then publish.",
            )
        _check_new(tx, schedule)
        _check_keeps_classes(tx, schedule, in_force)
        schedules.publish(tx, publication.text, version, at)
        body = {
            "schedule": version,
            "digest": schedule.digest,
            "replaces": publication.replaces,
            "classes": len(schedule.classes),
            "status": shown(schedule.status),
            "can_be_earlier": publication.comparison.can_be_earlier,
        }
        approver = {"approved_by": schedule.approved_by} if schedule.approved_by else {}
        recording.note(
            tx,
            recording.drafted(
                EntryType.POLICY_SET,
                at=at,
                actor=person.person_id,
                body=body,
                disclosures={"published_by": person.name, **approver},
            ),
        )
    return version


def list_versions(catalogue: Catalogue) -> tuple[PublishedVersion, ...]:
    """Return every published version, the one in force last."""
    with catalogue.reading() as tx:
        return schedules.published(tx)


def compare_files(before: str, after: str) -> ScheduleComparison:
    """Return what one schedule file says otherwise than another; no workspace is needed.

    Raises:
        InvalidInputError: A file has faults, all of which are listed.
    """
    return compare_schedules(check_file(before), check_file(after))


def compare_named(catalogue: Catalogue, before: str, after: str | None) -> ScheduleComparison:
    """Return what one schedule says otherwise than another: each a file, or a published version.

    Without `after`, `before` is compared with the version in force.

    Raises:
        UnknownThingError: There is neither a file nor a published version of a name.
        InvalidInputError: A name fits several versions, or a file has faults.
    """
    if after is None:
        return compare_schedules(schedule_in_force(catalogue), _named(catalogue, before))
    return compare_schedules(_named(catalogue, before), _named(catalogue, after))


def _named(catalogue: Catalogue, name: str) -> DisposalSchedule:
    if Path(name).is_file():
        return check_file(name)
    with catalogue.reading() as tx:
        known = schedules.versions(tx)
    fitting = [one for one in known if one == name] or [one for one in known if name and one.startswith(name)]
    if len(fitting) > 1:
        raise InvalidInputError(
            what=f"{shown(name[:200])} fits {len(fitting)} published versions",
            not_done="Nothing was compared.",
            next_step=f"Name one of them whole: {', '.join(fitting[:_MOST_NAMED])}",
        )
    if not fitting:
        raise UnknownThingError(kind="schedule file or published version", name=shown(name[:200]))
    return schedule_of(catalogue, fitting[0])


def _check_status(schedule: DisposalSchedule, *, as_of: date, accepts_template: bool) -> None:
    status = _status(schedule)
    if schedule.valid_to is not None and schedule.valid_to < as_of:
        raise _refused(
            f"the schedule expired on {schedule.valid_to}", "Have it renewed, give it a new valid_to and version."
        )
    if status in WITHDRAWN:
        raise _refused(f"the schedule's status is `{shown(schedule.status)}`", "Publish one that was adopted.")
    if status in NOT_ADOPTED and not accepts_template:
        raise _refused(
            f"the schedule's status is `{shown(schedule.status)}`: nobody has adopted it",
            "Have it adopted and set `status: adopted`; or publish it knowingly with --accept-template.",
        )


def _status(schedule: DisposalSchedule) -> str:
    return schedule.status.strip().casefold().replace("_", " ")


def _check_new(tx: Transaction, schedule: DisposalSchedule) -> None:
    label = f"{schedule.id}@{schedule.version}+"
    known = schedules.versions(tx)
    if schedule.schedule_version in known:
        in_force = schedule.schedule_version == known[-1]
        raise StaleError(
            what=f"schedule {schedule.schedule_version} "
            + ("is in force already" if in_force else "was in force and has been replaced"),
            not_done="Nothing was published.",
            next_step="Change what is to be changed, and give the file a new `version`.",
        )
    if same := [one for one in known if one.startswith(label)]:
        raise _refused(
            f"version {schedule.version} was published with other content, as {same[-1]}",
            "A published version is never changed: give the file a new `version`.",
        )


def _check_keeps_classes(tx: Transaction, schedule: DisposalSchedule, in_force: DisposalSchedule) -> None:
    # under what nobody has adopted records are classified on trial: only decisions and holds are use
    used = schedules.classes_in_use(tx, by_records=_status(in_force) not in NOT_ADOPTED)
    dropped: Sequence[str] = sorted(used.keys() - schedule.by_id.keys())
    if dropped:
        named = ", ".join(f"{one} ({used[one]})" for one in dropped[:_MOST_NAMED])
        more = f" and {len(dropped) - _MOST_NAMED} more" if len(dropped) > _MOST_NAMED else ""
        raise _refused(
            f"the schedule drops classes that are in use: {named}{more}",
            "Retire them instead: keep each in the file, with `retired: {on: DATE, successor: CLASS}`.",
        )


def _refused(what: str, next_step: str) -> RefusedByPolicyError:
    return RefusedByPolicyError(what=what, not_done="Nothing was published.", next_step=next_step)
