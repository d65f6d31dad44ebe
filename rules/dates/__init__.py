"""Dates: what each trigger's date can be, as an interval with evidence, and when a period that starts there ends."""
