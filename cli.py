"""The front door: what the program's name stands for.

It stays this small so that the top level holds nothing that could be broken or imitated. Start the program
with `retention` or `python -m retention`; both run the guard first (docs/adr/0001-flat-top-level.md).
"""

from retention.commands import main

__all__ = ["main"]
