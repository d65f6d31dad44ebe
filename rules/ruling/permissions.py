"""Who else must agree before a record is destroyed: somebody outside, or the archivist."""

from rules.model import ApprovalPolicy, DisposalAction
from rules.ruling.matter import Matter
from rules.ruling.questions import whether
from rules.ruling.ruling import Ruling

PERMISSION = "outside_permission"
NEEDS_ARCHIVIST = "needs_archivist"


def need_permission(ruling: Ruling, approval: ApprovalPolicy, matter: Matter) -> None:
    """Let a record that would be destroyed wait for everybody whom `approval` names."""
    if ruling.action is not DisposalAction.DESTROY:
        return
    if approval.outside_permission and matter.holds(PERMISSION) is not True:
        ruling.flags.append(PERMISSION)
        ruling.reasons.append(f"not without permission from outside: {approval.outside_permission}")
        ruling.leave_unsettled(whether(PERMISSION, f"Was permission given: {approval.outside_permission}?"))
    elif approval.outside_permission:
        ruling.reasons.append(f"permission from outside was given: {approval.outside_permission}")
    if approval.needs_archivist:
        # the archivist has no way yet to say it here, so a person takes it from the queue of reviews
        ruling.action = DisposalAction.REVIEW
        ruling.flags.append(NEEDS_ARCHIVIST)
        ruling.reasons.append("the archivist must agree before it is destroyed")
