"""`retention events`: what must be asked about cases, and what people say of them."""

from datetime import date, datetime

import click

from retention.assembly import Engine
from retention.commands.rendering import meter, say, size_in_words, tell, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.naming import shown
from retention.errors import ExitCode, InvalidInputError, RetentionError
from retention.services.appraising.appraising import appraise_copies
from retention.services.asking.attesting import (
    AttestationMade,
    Said,
    attest,
    attest_all,
    list_statements,
    statement_fields,
    withdraw,
)
from retention.services.asking.questions import Answer, CaseQuestion, answer_question, list_questions
from retention.services.asking.statements_file import read_statements
from retention.services.schedules.versions import schedule_in_force

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("events")
def command() -> None:
    """Ask once for each case what no file can tell, and record what people say."""


@command.command("questions")
@click.option("--asset", "asset_id", help="Only this asset.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Questions to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--fail-if-empty", is_flag=True, help="Leave with exit code 4 when nothing is asked.")
@pass_session
def questions(session: Session, *, asset_id: str | None, limit: int, as_json: bool, fail_if_empty: bool) -> int:
    """List the open questions, those that most files wait for first."""
    with session.engine() as engine:
        found = list_questions(engine.catalogue, asset_id=asset_id, limit=limit)
    if as_json:
        write_json({"total": found.total, "questions": [one.to_json() for one in found.questions]})
    else:
        columns = ("Question", "Files", "Size", "Class", "Not due before", "Case", "Asked")
        write_table("Open questions", columns, map(_row, found.questions), figures=("Files", "Size"))
        if more := found.total - len(found.questions):
            say(f"{more} more; --limit {found.total} shows all.")
        if found.total:
            say("To answer: retention events answer QUESTION --on DATE (or --yes, or --no) --basis WORDS")
    return ExitCode.NOTHING_TO_DO if fail_if_empty and not found.total else ExitCode.DONE


@command.command("answer")
@click.argument("question_id", metavar="QUESTION")
@click.option("--on", type=_DAY, help="The day it happened.")
@click.option("--yes", is_flag=True, help="It is so.")
@click.option("--no", is_flag=True, help="It is not so; or, of an event that may happen again, there was none.")
@click.option("--basis", required=True, help="How you know: a register, a letter, a person. Kept with the answer.")
@pass_session
def answer(session: Session, *, question_id: str, on: datetime | None, yes: bool, no: bool, basis: str) -> int:
    """Answer a question. It settles every file of the case that waits for it, and is logged."""
    told = Answer(basis=basis, on=_day(on), holds=_yes_or_no(yes=yes, no=no))
    with session.engine() as engine:
        person = session.acting_person(engine)
        made = answer_question(engine.catalogue, question_id, told, person=person, at=engine.now)
        return _settle(engine, made)


@command.command("add")
@click.option("--path", "place", required=True, help="The case folder or file: a path, or SOURCE:PATH.")
@click.option("--event", help="What happened, such as contract_end; give --on.")
@click.option("--fact", help="What holds or does not, such as case_substantiated; give --yes or --no.")
@click.option("--class", "classes", multiple=True, help="Only files of this class; may be given several times.")
@click.option("--on", type=_DAY, help="The day it happened.")
@click.option("--yes", is_flag=True, help="It is so.")
@click.option("--no", is_flag=True, help="It is not so.")
@click.option("--basis", required=True, help="How you know: a register, a letter, a person. Kept with the statement.")
@pass_session
def add(  # noqa: PLR0913  # one argument for each option
    session: Session,
    *,
    place: str,
    event: str | None,
    fact: str | None,
    classes: tuple[str, ...],
    on: datetime | None,
    yes: bool,
    no: bool,
    basis: str,
) -> int:
    """State something about a file, or about a folder with everything in it, whether it was asked or not.

    A statement about the same thing replaces the one before; both stay on record.
    """
    if (event is None) == (fact is None):
        raise InvalidInputError(
            what="a statement is about one event or one fact",
            not_done="Nothing was stated.",
            next_step="Give either --event with --on, or --fact with --yes or --no.",
        )
    said = Said(
        place=place,
        key=event or fact or "",
        on=_day(on),
        holds=_yes_or_no(yes=yes, no=no),
        basis=basis,
        classes=classes,
    )
    with session.engine() as engine:
        made = attest(engine.catalogue, said, person=session.acting_person(engine), at=engine.now)
        return _settle(engine, made)


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@pass_session
def import_(session: Session, *, file: str) -> int:
    """State many things at once, from a CSV file: all rows, or none.

    Its columns are path, key (an event or a fact), answer (a day as 2012-02-29, yes or no), basis, and if need be
    class (which classes it is about).
    """
    said = read_statements(file)
    with session.engine() as engine:
        made = attest_all(engine.catalogue, said, person=session.acting_person(engine), at=engine.now)
        say(f"{len(made)} statements are recorded, {sum(one.replaced is not None for one in made)} replace older ones.")
        return _compare_again(engine, _deliver(engine, "from the file"))


@command.command("withdraw")
@click.argument("attestation_id", metavar="STATEMENT")
@click.option("--reason", required=True, help="Why it does not stand.")
@pass_session
def withdraw_(session: Session, *, attestation_id: str, reason: str) -> int:
    """Take a statement back; what it settled is asked again. It stays on record."""
    with session.engine() as engine:
        person = session.acting_person(engine)
        made = withdraw(engine.catalogue, attestation_id, reason=reason, person=person, at=engine.now)
        return _settle(engine, made, word="is withdrawn")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List every statement, replaced and withdrawn ones too."""
    with session.engine() as engine:
        found = list_statements(engine.catalogue)
    if as_json:
        write_json({"statements": [statement_fields(one) for one in found]})
        return
    rows = [
        (one.attestation_id, one.state, one.in_words, f"{one.stated_by}, {one.stated_at:%Y-%m-%d}", one.basis)
        for one in found
    ]
    write_table("Statements", ("Statement", "State", "Says", "By", "Basis"), rows)


def _settle(engine: Engine, made: AttestationMade, *, word: str = "is recorded") -> int:
    """Tell the log, compare what the statement is about with the schedule again, and say what was done."""
    name = made.attestation.attestation_id
    say(f"Statement {name} {word}: {shown(made.attestation.in_words)}.")
    if made.replaced is not None:
        say(f"It replaces {made.replaced.attestation_id} ({made.replaced.answer}), which stays on record.")
    say(f"{made.copies} files lie where it is about.")
    return _compare_again(engine, _deliver(engine, name))


def _compare_again(engine: Engine, code: int) -> int:
    with meter() as bar:
        compared = appraise_copies(
            engine.catalogue,
            schedule_in_force(engine.catalogue),
            on_progress=lambda told: bar.show("comparing with the schedule", told.done, told.total),
        )
    say(f"{compared} files were compared with the schedule again.")
    return code


def _deliver(engine: Engine, name: str) -> int:
    # a statement counts without the log; the log hears of it now or with the next command that opens it
    try:
        with engine.log():
            return ExitCode.DONE
    except RetentionError as error:
        tell(f"retention: statement {name} is stored, but the log could not be told yet: {error}")
        return ExitCode.INTEGRITY if error.exit_code is ExitCode.INTEGRITY else ExitCode.SOME_SKIPPED


def _row(one: CaseQuestion) -> tuple[object, ...]:
    earliest = "not known" if one.due_earliest is None else one.due_earliest
    classes = ", ".join(one.classes)
    case = f"{one.source_id}:{one.case_path}"
    return (one.question_id, one.files, size_in_words(one.size_bytes), classes, earliest, case, one.words)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _yes_or_no(*, yes: bool, no: bool) -> bool | None:
    if yes and no:
        raise InvalidInputError(
            what="--yes and --no contradict each other", not_done="Nothing was stated.", next_step="Give one of them."
        )
    return True if yes else False if no else None
