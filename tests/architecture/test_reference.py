"""The reference of the commands says what the program's own help says; UPDATE_DOCS=1 writes it anew."""

import os
from pathlib import Path

import click
import pytest

from retention.commands import COMMANDS
from retention.commands.front import EPILOG, retention

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
HEAD = """# Commands

Written from the program's own help; a test compares them. Exit codes: [exit-codes.md](exit-codes.md).
"""


def help_of(command: click.Command, words: str) -> str:
    context = click.Context(command, info_name=words, max_content_width=100, terminal_width=100)
    return f"\n```text\n{command.get_help(context)}\n```\n"


def reference() -> str:
    context = click.Context(retention, info_name="retention")
    parts = [HEAD, "\n## retention\n", help_of(retention, "retention")]
    for name in COMMANDS:
        command = retention.get_command(context, name)
        assert command is not None
        parts += [f"\n## retention {name}\n", help_of(command, f"retention {name}")]
        if isinstance(command, click.Group):
            for below in sorted(command.commands):
                words = f"retention {name} {below}"
                parts += [f"\n### {words}\n", help_of(command.commands[below], words)]
    return "".join(parts)


def test_the_reference_is_what_the_program_says() -> None:
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(reference(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_leaves_nothing_unexplained(name: str) -> None:
    command = retention.get_command(click.Context(retention), name)

    assert command is not None
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


def test_every_exit_code_is_in_the_help() -> None:
    for code in range(7):
        assert f"{code} " in EPILOG
