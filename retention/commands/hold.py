"""`retention hold`: orders to keep, which beat every period and every approval."""

from datetime import date, datetime, timedelta

import click

from retention.assembly import Engine
from retention.commands.rendering import say, tell, write_json, write_table
from retention.commands.session import Session, pass_session
from retention.domain.assets import AssetId
from retention.domain.holds import DisposalHold, HoldKind, HoldScope
from retention.errors import ExitCode, RetentionError
from retention.services.holding import HoldOrder, lift_hold, place_hold
from retention.services.listing import list_holds

REASSESS_AFTER = timedelta(days=180)


@click.group("hold")
def command() -> None:
    """Place, lift and list disposal holds."""


@command.command("place")
@click.option("--kind", type=click.Choice([str(kind) for kind in HoldKind]), required=True, help="Why.")
@click.option("--reason", required=True, help="In words, for everybody who meets the hold later.")
@click.option("--mandate", default="", help="The order, case number or law behind it.")
@click.option("--asset", "asset_id", help="Covers this asset.")
@click.option("--class", "class_id", help="Covers this disposal class.")
@click.option("--path", help="Covers this file or folder below a root; * and ? are wildcards.")
@click.option("--digest", metavar="SHA256", help="Covers this content wherever it lies.")
@click.option("--reassess-on", type=click.DateTime(["%Y-%m-%d"]), help="When to look again; default in 180 days.")
@pass_session
def place(  # noqa: PLR0913  # one argument for each option
    session: Session,
    *,
    kind: str,
    reason: str,
    mandate: str,
    asset_id: str | None,
    class_id: str | None,
    path: str | None,
    digest: str | None,
    reassess_on: datetime | None,
) -> int:
    """Place a hold. It is in force at once, also on what is approved or in quarantine, and on copies."""
    with session.engine() as engine:
        order = HoldOrder(
            kind=HoldKind(kind),
            reason=reason,
            mandate=mandate,
            scope=HoldScope(
                asset_id=None if asset_id is None else AssetId(asset_id),
                class_id=class_id,
                path=path,
                digest=digest,
            ),
            reassess_on=_day(reassess_on) or engine.today + REASSESS_AFTER,
        )
        hold = place_hold(engine.catalogue, order, person=session.acting_person(engine), at=engine.now)
        say(f"Hold {hold.hold_id} is in force on {hold.scope.in_words()}; look at it again on {hold.reassess_on}.")
        return _deliver(engine, hold)


@command.command("lift")
@click.argument("hold_id", metavar="HOLD")
@click.option("--reason", required=True, help="Why it is no longer needed.")
@pass_session
def lift(session: Session, *, hold_id: str, reason: str) -> int:
    """Lift a hold; what it covered follows its schedule again, with its original due date."""
    with session.engine() as engine:
        hold = lift_hold(engine.catalogue, hold_id, reason=reason, person=session.acting_person(engine), at=engine.now)
        say(f"Hold {hold.hold_id} is lifted.")
        return _deliver(engine, hold)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """List every hold, lifted ones too."""
    with session.engine() as engine:
        found = list_holds(engine.catalogue)
    if as_json:
        write_json({"holds": [_as_json(hold) for hold in found]})
        return
    rows = [
        (one.hold_id, one.state, one.kind, one.scope.in_words(), one.reason, one.owner_id, one.reassess_on)
        for one in found
    ]
    write_table("Disposal holds", ("Hold", "State", "Kind", "Covers", "Reason", "Owner", "Reassess on"), rows)


def _deliver(engine: Engine, hold: DisposalHold) -> int:
    # A hold is in force without the log; the log hears of it now or with the next command that opens it.
    try:
        with engine.log():
            return ExitCode.DONE
    except RetentionError as error:
        tell(f"retention: hold {hold.hold_id} is stored, but the log could not be told yet: {error}")
        return ExitCode.INTEGRITY if error.exit_code is ExitCode.INTEGRITY else ExitCode.SOME_SKIPPED


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _as_json(hold: DisposalHold) -> dict[str, object]:
    return {
        "hold": hold.hold_id,
        "state": hold.state,
        "kind": hold.kind,
        "covers": hold.scope.in_words(),
        "reason": hold.reason,
        "mandate": hold.mandate,
        "owner": hold.owner_id,
        "placed_at": hold.placed_at.isoformat(),
        "reassess_on": hold.reassess_on.isoformat(),
        "lifted_at": None if hold.lifted_at is None else hold.lifted_at.isoformat(),
        "lifted_by": hold.lifted_by,
        "lifted_reason": hold.lifted_reason,
    }
