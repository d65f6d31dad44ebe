"""Writes a schedule in its own form: what `parse_schedule` reads back is equal, to the digest."""

import yaml

from rules.exporting.plain_form import Plain, plain_schedule
from rules.model import DisposalSchedule

_WIDTH = 110
# libyaml writes the same text about ten times faster; the pure writer is there when it is not
_DUMPER: type = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def schedule_as_yaml(schedule: DisposalSchedule) -> str:
    """Return the text of `schedule` as docs/schedule-format.md describes it; comments are not part of a schedule."""
    return plain_as_yaml(plain_schedule(schedule))


def plain_as_yaml(plain: Plain) -> str:
    """Return plain mappings, lists and texts as YAML, in the order given."""
    text: str = yaml.dump(plain, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text
