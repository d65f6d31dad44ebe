"""Loading what a package offers only when somebody asks for it.

Most commands ask for the words of a schedule and for nothing else; all that there is takes a quarter of a second to
load. The scanners load alike, and have a module of their own for it: the two do not know each other.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def loading(package: str, names_of: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """Return a `__getattr__` for `package`; `names_of` says which names each of its modules has."""
    homes = {name: module for module, names in names_of.items() for name in names}

    def load(name: str) -> object:
        if name not in homes:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        value: object = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)  # the next time it is simply there
        return value

    return load
