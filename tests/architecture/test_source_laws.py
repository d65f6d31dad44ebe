"""Laws that can be read off the source: one clock, one destroyer, one way to write SQL."""

import ast
from collections.abc import Callable, Iterator, Mapping

import pytest

Finding = tuple[int, str]

CLOCK = "retention/clock.py"
CLOCK_READERS = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
}

REMOVERS = {
    *(f"os.{name}" for name in ("unlink", "remove", "rename", "renames", "replace", "rmdir", "removedirs")),
    *("os.truncate", "os.ftruncate", "shutil.rmtree", "shutil.move"),
}
REMOVING_METHODS = {"unlink", "rmdir", "rename", "truncate", "ftruncate"}

WRITERS = {
    *(f"os.{name}" for name in ("link", "symlink", "mkfifo", "mknod", "chmod", "chown", "utime", "setxattr")),
    *(f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copyfileobj", "copytree", "copystat")),
}
WRITING_METHODS = {"write_text", "write_bytes", "touch", "hardlink_to", "symlink_to", "chmod"}
WRITING_FLAGS = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"}

# Modules that may remove or rename a file, and which files those are. Only the first can reach a share.
LOG_STORAGE = [
    *(f"files/{module}" for module in ("checkpoint_list", "durable", "hashes", "segments", "sidecar", "value_keys")),
    *(f"writing/{module}" for module in ("appending", "opening", "recovering")),
]
MAY_REMOVE = {
    "retention/services/disposing/": "the one path to destruction",
    **{f"disposal_log/{module}.py": "the log's own files" for module in LOG_STORAGE},
    "scanners/private_folder.py": "its own copies in a private temporary folder, which a killed process left there",
}
# Modules that may write a file, beside those above.
MAY_WRITE = {
    "retention/services/sample_drive/": "builds the sample drive in an empty folder",
    "retention/services/demonstrating": "forges a copy of the log in a temporary folder",
    "retention/services/creating.py": "the settings of a new workspace",
    "retention/store/turnstile.py": "an empty file beside the database, to wait at",
    "retention/services/schedules/exchanging.py": "a schedule in another form, and never over another file",
    "scanners/exports/temporary.py": "packed content in a private temporary folder",
}
# Modules that may start another program or call into the C library, where the rules above cannot look.
MAY_LEAVE_PYTHON = {
    "retention/services/disposing/": "openat2 and renameat2, which the standard library does not offer",
    "retention/services/appraising/appraisers.py": "further processes of this very program, which apply the rules",
    "disposal_log/files/durable.py": "statfs, to refuse a network file system",
    "scanners/": "the killable child that reads files, and libmagic",
}
PROGRAMS = {"os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp"}
PROGRAM_FAMILIES = ("os.exec", "os.spawn", "subprocess.", "ctypes.", "multiprocessing.", "pty.")


def dotted(node: ast.AST, names: Mapping[str, str]) -> str:
    """Return the full dotted name of `node` with its imports resolved, or "" when it is no plain name."""
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Attribute(value=value, attr=attr):
            before = dotted(value, names)
            return f"{before}.{attr}" if before else ""
        case _:
            return ""


def imported_names(tree: ast.AST) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.asname: alias.name for alias in aliases if alias.asname}
            case ast.ImportFrom(module=str(module), names=aliases):
                names |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in aliases}
            case _:
                pass
    return names


def clock_readings(text: str) -> Iterator[Finding]:
    tree = ast.parse(text)
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node, names) in CLOCK_READERS:
            yield node.lineno, dotted(node, names)


def removals(text: str) -> Iterator[Finding]:
    """Yield every place that removes, renames or truncates a file, or names a function that does."""
    tree = ast.parse(text)
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node, names) in REMOVERS:
            yield node.lineno, dotted(node, names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in REMOVING_METHODS and dotted(node.func, names) not in REMOVERS:
                yield node.lineno, f".{node.func.attr}()"
            # str.replace takes two, datetime.replace takes keywords; Path.replace takes exactly one
            elif node.func.attr == "replace" and len(node.args) == 1 and not node.keywords:
                yield node.lineno, ".replace()"


def writings(text: str) -> Iterator[Finding]:
    """Yield every place that opens a file for writing, or changes a file in another way than removing it."""
    tree = ast.parse(text)
    names = imported_names(tree)
    for node in _outside_devnull(tree, names):
        if isinstance(node, ast.Attribute | ast.Name) and dotted(node, names) in WRITERS:
            yield node.lineno, dotted(node, names)
        elif isinstance(node, ast.Attribute) and node.attr in WRITING_FLAGS:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call) and (word := _writing_call(node)):
            yield node.lineno, word


def _outside_devnull(tree: ast.AST, names: Mapping[str, str]) -> Iterator[ast.AST]:
    if isinstance(tree, ast.Call) and any(dotted(argument, names) == "os.devnull" for argument in tree.args):
        return  # what goes there changes nothing
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _outside_devnull(child, names)


def _writing_call(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) if name in WRITING_METHODS:
            return f".{name}()"
        case ast.Name(id="open") | ast.Attribute(attr="open") if any(map(_is_writing_mode, _arguments(call))):
            return "open() for writing"
        case _:
            return ""


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args[:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]


def _is_writing_mode(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return set(node.value) <= set("rwaxbt+") and bool(set(node.value) & set("wax+"))


def departures(text: str) -> Iterator[Finding]:
    """Yield every place that starts another program or calls into a C library by name."""
    tree = ast.parse(text)
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node, names)
            if name.startswith(PROGRAM_FAMILIES) or name in PROGRAMS:
                yield node.lineno, name


def sql_building(text: str) -> Iterator[Finding]:
    """Yield every SQL text made from parts, unless all parts are constants written in capitals."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Name(id="text" as name) | ast.Attribute(attr="text" | "execute" | "exec_driver_sql" as name),
                args=[first, *_],
            ) if _is_built(first):
                yield node.lineno, name
            case _:
                pass


def _is_built(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return not all(_is_fixed(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(_is_text(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr="format" | "join", value=value)):
            return _is_text(value)
        case _:
            return False


def _is_fixed(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.FormattedValue(value=ast.Name(id=name)):
            return name.isupper()
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def breaches(
    check: Callable[[str], Iterator[Finding]], sources: Mapping[str, str], *, allowed: tuple[str, ...]
) -> list[str]:
    """Return where `check` finds something outside the modules in `allowed`."""
    return [
        f"{path}:{line}: {word}"
        for path, text in sources.items()
        if not path.startswith(allowed)
        for line, word in check(text)
    ]


def test_only_the_clock_reads_the_clock(sources: dict[str, str]) -> None:
    found = breaches(clock_readings, sources, allowed=(CLOCK,))

    assert not found, "\n".join(found)


def test_only_disposing_can_remove_a_file(sources: dict[str, str]) -> None:
    found = breaches(removals, sources, allowed=tuple(MAY_REMOVE))

    assert not found, "\n".join(found)


def test_nothing_writes_a_file_but_what_is_named_here(sources: dict[str, str]) -> None:
    found = breaches(writings, sources, allowed=(*MAY_REMOVE, *MAY_WRITE))

    assert not found, "\n".join(found)


def test_a_permission_nobody_uses_any_more_is_taken_back(sources: dict[str, str]) -> None:
    used = {
        allowed
        for check, permissions in (
            (removals, MAY_REMOVE),
            (writings, MAY_WRITE),
            (departures, MAY_LEAVE_PYTHON),
        )
        for allowed in permissions
        if any(found for path, text in sources.items() if path.startswith(allowed) for found in check(text))
    }

    assert {*MAY_REMOVE, *MAY_WRITE, *MAY_LEAVE_PYTHON} - used == set()


def test_no_other_program_does_what_we_may_not(sources: dict[str, str]) -> None:
    found = breaches(departures, sources, allowed=tuple(MAY_LEAVE_PYTHON))

    assert not found, "\n".join(found)


def test_sql_is_never_glued_together(sources: dict[str, str]) -> None:
    store = {path: text for path, text in sources.items() if path.startswith("retention/store/")}

    found = breaches(sql_building, store, allowed=())

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nat = datetime.now(UTC)",
        "import datetime as d\nat = d.datetime.utcnow()",
        "from datetime import date as day\ntoday = day.today",
        "import time\nat = time.time()",
        "from time import time_ns\nat = time_ns()",
    ],
)
def test_a_hidden_look_at_the_clock_is_found(text: str) -> None:
    assert [line for line, _ in clock_readings(text)] == [2]


@pytest.mark.parametrize(
    "text",
    ["import time\nbegan = time.monotonic()", "at = clock.now()", "import time\nspent = time.perf_counter()"],
)
def test_measuring_a_duration_is_not_reading_the_clock(text: str) -> None:
    assert list(clock_readings(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.unlink(path)",
        "from os import replace\nreplace(old, new)",
        "import os as system\nsystem.rename(old, new, src_dir_fd=fd)",
        "import shutil\nshutil.rmtree(folder)",
        "from pathlib import Path\nPath(name).unlink(missing_ok=True)",
        "import pathlib\npath.rename(other)",
        "import pathlib\npath.replace(other)",
        "import os\nact = os.remove",
        "import os\nos.ftruncate(fd, 0)",
        "import io\nfile.truncate()",
    ],
)
def test_a_second_way_to_destroy_is_found(text: str) -> None:
    assert [line for line, _ in removals(text)] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "name.replace('a', 'b')",
        "at.replace(microsecond=0)",
        "from dataclasses import replace\nreplace(batch, state=KEPT)",
        "waiting.remove(item)",
    ],
)
def test_changing_a_word_or_a_list_is_no_destruction(text: str) -> None:
    assert list(removals(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "open(path, 'w')",
        "open(path, mode='r+b')",
        "path.open('ab')",
        "path.write_text('gone')",
        "import os\nos.open(path, os.O_WRONLY)",
        "from shutil import copyfile\ncopyfile(here, there)",
        "import os\nos.utime(path, (0, 0))",
    ],
)
def test_a_write_from_an_unexpected_place_is_found(text: str) -> None:
    assert list(writings(text))


@pytest.mark.parametrize(
    "text",
    [
        "import subprocess\nsubprocess.run(['rm', path])",
        "from subprocess import Popen\nPopen(['rm', path])",
        "import os\nos.system('rm -r share')",
        "import os\nos.execvp('rm', ['rm', path])",
        "import ctypes\nctypes.CDLL(None).unlink(path)",
    ],
)
def test_a_destroyer_outside_python_is_found(text: str) -> None:
    assert [line for line, _ in departures(text)] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "open(path)",
        "path.open('rb')",
        "import os\nos.open(path, os.O_RDONLY)",
        "import os\nos.open(os.devnull, os.O_WRONLY)",
    ],
)
def test_what_changes_nothing_is_allowed_everywhere(text: str) -> None:
    assert list(writings(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "connection.execute(text(f'SELECT * FROM {table}'))",
        "text('SELECT * FROM ' + table)",
        "cursor.execute('DELETE FROM %s' % table)",
        "connection.exec_driver_sql('DROP TABLE {}'.format(table))",
    ],
)
def test_glued_sql_is_found(text: str) -> None:
    assert list(sql_building(text))


@pytest.mark.parametrize("text", ["text('SELECT 1')", "cursor.execute(f'PRAGMA busy_timeout = {TIMEOUT_MS}')"])
def test_constant_sql_is_allowed(text: str) -> None:
    assert list(sql_building(text)) == []
