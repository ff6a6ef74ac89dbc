"""Shell scripts: the commands in them, and the script with other commands."""

from collections.abc import Iterator, Sequence

from al_codemod.documents.lines import split
from al_codemod.documents.parts import Command


def shell_commands(lines: Sequence[str], first: int = 0) -> Iterator[Command]:
    """The commands of a shell script, from one of its lines on; a backslash continues a line."""
    at = first
    while at < len(lines):
        last = at
        while lines[last].rstrip("\r\n").endswith("\\") and last + 1 < len(lines):
            last += 1
        text = "".join(lines[at : last + 1]).rstrip("\r\n")
        column = len(text) - len(text.lstrip())
        if text.strip() and not text.lstrip().startswith("#"):
            yield Command(text[column:], at, column)
        at = last + 1


def with_commands(text: str, commands: Sequence[Command]) -> str:
    """A shell script with the new texts of its commands."""
    lines = split(text)
    for command in reversed(commands):
        if command.new is None:
            continue
        count = command.text.count("\n")
        block = "".join(lines[command.line : command.line + count + 1])
        end = command.column + len(command.text)
        lines[command.line : command.line + count + 1] = [block[: command.column] + command.new + block[end:]]
    return "".join(lines)
