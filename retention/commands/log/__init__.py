"""`retention log`: the destruction log, for those who keep it and for those who check it."""

from retention.commands.log import export, keys, redact, story, verifying, witnessing
from retention.commands.log.log import command

__all__ = ["command", "export", "keys", "redact", "story", "verifying", "witnessing"]
