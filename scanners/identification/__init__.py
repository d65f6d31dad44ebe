"""What kind of file it is, told by its bytes: a sniffer of our own first, libmagic for what it does not know."""

from scanners.identification.identify import identify

__all__ = ["identify"]
