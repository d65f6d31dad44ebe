"""Reads the house form itself, so that one command takes every form."""

import re

from rules.importing.account import ImportDefaults
from rules.importing.forms.form import Form
from rules.importing.reading.opened import Opened
from rules.loading.schedule_file import parse_schedule
from rules.model import DisposalSchedule

_HEAD = re.compile(r"^schedule:", re.MULTILINE)


def _recognises(opened: Opened) -> bool:
    return not opened.is_workbook and _HEAD.search(opened.text) is not None


def _read(opened: Opened, _defaults: ImportDefaults) -> DisposalSchedule:
    return parse_schedule(opened.text, name=opened.name)


FORM = Form(name="yaml", words="the house form (YAML)", recognises=_recognises, read=_read, is_of_the_house=True)
