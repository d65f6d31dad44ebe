"""Where the program starts: the guard first, the command line after it.

Our packages lie flat at the top level under plain words (`rules`, `scanners`, `cli`), so an unrelated project
can overwrite them and a folder on a share can stand in their place. Another `rules` would decide what is
destroyed; therefore nothing of ours is imported before each name is known to be ours
(docs/adr/0001-flat-top-level.md). Only the standard library is used here.
"""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

OUR_NAMES = ("retention", "scanners", "rules", "disposal_log", "cli")
_OUR_PROJECT = "records_retention-"
_REFUSED = 1


def main() -> int:
    """Run the command line, unless one of our names does not lead to our own files.

    Returns:
        The exit code (docs/exit-codes.md); 1 when the guard refuses, with the reason on standard error.
    """
    try:
        return _guarded()
    except KeyboardInterrupt:
        sys.stderr.write("retention: interrupted before anything was done.\n")
        return _REFUSED


def _guarded() -> int:
    home = Path(__file__).resolve().parent.parent
    if reasons := (*_impostors(home), *_second_owners()):
        sys.stderr.write(_refusal(reasons))
        return _REFUSED
    _forget_the_starting_folder(home)
    from cli import main as run  # noqa: PLC0415  # nothing of ours is imported before the guard

    return run()


def _impostors(home: Path) -> Iterator[str]:
    for name in OUR_NAMES:
        found = _origin(name)
        if found not in (home / name / "__init__.py", home / f"{name}.py"):
            place = repr(str(found)) if found is not None else "a folder with no code of ours"
            yield f"`{name}` would be taken from {place}, not from {str(home)!r}."


def _origin(name: str) -> Path | None:
    spec = find_spec(name)
    # a folder without __init__.py has no origin; it is found only when our own package is gone
    return Path(spec.origin).resolve() if spec is not None and spec.origin is not None else None


def _second_owners() -> Iterator[str]:
    # packages_distributions() of importlib.metadata answers this too, in 54 ms; the raw lists take 10 ms
    for record in _installed_lists():
        listed = b"\n" + record.read_bytes()
        for name in OUR_NAMES:
            if f"\n{name}/".encode() in listed or f"\n{name}.py,".encode() in listed:
                yield f"`{name}` is also claimed by the installed project {record.parent.name!r}."


def _installed_lists() -> Iterator[Path]:
    for folder in dict.fromkeys(sys.path):
        for record in Path(folder or ".").glob("*.dist-info/RECORD"):
            if not record.parent.name.startswith(_OUR_PROJECT):
                yield record


def _forget_the_starting_folder(home: Path) -> None:
    # `python -m` puts the folder it is started in first, and a share may hold a `click.py` or a `yaml.py`
    try:
        start = Path.cwd().resolve()
    except OSError:  # the folder was removed meanwhile, so nothing can be imported from it
        return
    if start != home and Path(sys.path[0] or ".").resolve() == start:
        del sys.path[0]


def _refusal(reasons: tuple[str, ...]) -> str:
    listed = "\n".join(f"  {reason}" for reason in reasons)
    return (
        f"retention cannot start: files that are not its own stand under its name.\n{listed}\n"
        "Nothing was read, changed or destroyed.\n"
        "Start it from another folder, and keep it in an environment of its own, for example with "
        "`pipx install records-retention`.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
