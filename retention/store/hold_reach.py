"""What a hold may reach, in terms of the database: more than it covers perhaps, and never less.

Names are compared as people would, by their Unicode form and without case, which no database does. So it only leaves
out what is surely not meant; who asks looks at the rest.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, func, or_, true

from retention.domain.holds import DisposalHold, HoldScope
from retention.store.schema import appraisal, record_copy, source


def may_cover(holds: Iterable[DisposalHold]) -> ColumnElement[bool]:
    """Return a condition on a copy with its source and appraisal that is true wherever one of `holds` covers it."""
    return or_(false(), *(and_(true(), *_conditions(hold.scope)) for hold in holds))


def _conditions(scope: HoldScope) -> Iterable[ColumnElement[bool]]:
    if scope.asset_id is not None:
        yield source.c.asset_id == scope.asset_id
    if scope.class_id is not None:
        yield appraisal.c.class_id == scope.class_id
    if scope.digest is not None:
        yield record_copy.c.sha256 == scope.digest.lower()
    if scope.beginning and scope.beginning.isascii():
        yield or_(record_copy.c.path_text.istartswith(scope.beginning, autoescape=True), _is_written_oddly())


def _is_written_oddly() -> ColumnElement[bool]:
    """Return the condition that a path is not all printable ASCII: "K" is also the sign of kelvin, in lower case.

    In the text of a path what cannot be printed is spelt out after a backslash; without one, only a letter that takes
    several bytes makes the path longer than its text.
    """
    return or_(
        record_copy.c.path_text.contains("\\", autoescape=True),
        func.length(record_copy.c.path) != func.length(record_copy.c.path_text),
    )
