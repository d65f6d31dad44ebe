"""`retention schedule`: check, test, compare, try and publish retention schedules."""

from retention.commands.schedule.schedule import command

__all__ = ["command"]
