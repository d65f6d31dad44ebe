"""Records retention and disposal: the engine (see `docs/adr` for why it is built as it is)."""

__version__ = "0.2.0"
