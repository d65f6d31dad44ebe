"""Loading libmagic from the wheel that carries it, and asking it for the rarer types of file.

No libmagic of the system is needed, and importing this module loads nothing. pylibmagic would change ctypes and
the environment for the whole process when imported, so it is only asked where its files lie.
"""

import ctypes
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from scanners.errors import LibmagicMissingError

UNKNOWN = "application/octet-stream"

_LOOK_BYTES = 1 << 20  # a smaller look misnames old office files
_LIBRARY, _DATABASE = "libmagic.so.1", "magic.mgc"
_OTHER_NAMES = {
    "text/rtf": "application/rtf",
    "text/xml": "application/xml",
    "application/csv": "text/csv",
    "application/x-empty": "inode/x-empty",
}


def libmagic_version() -> str:
    """Return the version of the libmagic in use, such as "5.41"; a self-check prints it.

    Raises:
        LibmagicMissingError: It cannot be loaded.
    """
    major, minor = divmod(int(_loaded()[0].version()), 100)
    return f"{major}.{minor:02d}"


def libmagic_media_type(content: bytes) -> str:
    """Return libmagic's media type for a file's bytes, of which it looks at the first MiB.

    Raises:
        LibmagicMissingError: It cannot be loaded.
    """
    cookie = _cookie()
    with suppress(_loaded()[0].MagicException):
        return _settle(str(cookie.from_buffer(content[:_LOOK_BYTES])))
    return UNKNOWN


def _settle(media_type: str) -> str:
    if "/" not in media_type or " " in media_type:
        return UNKNOWN
    return _OTHER_NAMES.get(media_type, media_type)


@cache
def _cookie() -> Any:  # noqa: ANN401  python-magic has no types
    module, folder = _loaded()
    try:
        return module.Magic(mime=True, magic_file=str(folder / _DATABASE) if folder else None)
    except module.MagicException as error:
        raise LibmagicMissingError(detail=f"its database of types cannot be read ({error.message!r})") from error


@cache
def _loaded() -> tuple[Any, Path | None]:
    """Return python-magic, and the folder of the wheel whose library it uses: library and database must match."""
    folder = _wheel_folder()
    try:
        if folder and "magic" not in sys.modules:
            return _import_with(folder), folder
        return _checked(importlib.import_module("magic")), folder if _uses_wheel() else None
    except Exception as error:  # python-magic raises its own error, which cannot be named before it is imported
        raise LibmagicMissingError(detail=str(error) or repr(error)) from error


def _uses_wheel() -> bool:
    """Tell whether python-magic was imported with our stand-in; else somebody loaded it with a library of theirs."""
    loader = sys.modules.get("magic.loader")
    return loader is not None and not hasattr(loader, "__file__")


def _wheel_folder() -> Path | None:
    """Return the folder of pylibmagic's files, without running pylibmagic."""
    spec = importlib.util.find_spec("pylibmagic")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(place) / _LIBRARY).is_file():
            return Path(place)
    return None


def _import_with(folder: Path) -> ModuleType:
    """Import python-magic so that it takes the wheel's library instead of searching the system for one.

    Its own search starts other programs (ldconfig, a compiler); a stand-in for its loader avoids that.
    """
    library = ctypes.CDLL(str(folder / _LIBRARY))
    loader = ModuleType("magic.loader")
    loader.load_lib = lambda: library  # type: ignore[attr-defined]  # a module made on the spot
    sys.modules["magic.loader"] = loader
    try:
        with _environment("MAGIC", str(folder / _DATABASE)):  # python-magic opens a database when imported
            return _checked(importlib.import_module("magic"))
    except BaseException:
        for name in [name for name in sys.modules if name.partition(".")[0] == "magic"]:
            del sys.modules[name]
        raise


def _checked(module: ModuleType) -> ModuleType:
    if not hasattr(module, "Magic"):
        message = "another package named magic is installed; it is not python-magic"
        raise ImportError(message)
    return module


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
