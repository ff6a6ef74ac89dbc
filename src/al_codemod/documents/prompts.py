"""Interactive sessions: Python behind prompts, with what it printed in between.

What follows an example hangs on a comment behind its last line, so that it goes where the example goes.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from al_codemod.documents.lines import split

_FIRST = re.compile(r"(?:>>>|In ?\[\d*\]:)(?:[ ]|(?=\r?\n?\Z))")
_MORE = re.compile(r"(?:\.\.\.|[ \t]*\.{3,}:)(?:[ ]|(?=\r?\n?\Z))")


@dataclass(slots=True)
class _Source:
    """A line that was typed: its number in the session, its prompt and the rest."""

    number: int
    prompt: str
    code: str


@dataclass(slots=True)
class _Example:
    lines: list[_Source]
    below: list[str] = field(default_factory=list)
    """What it printed, and the blank lines up to the next one."""

    def close(self) -> None:
        """The prompts of empty lines at the end are below it: they close a suite, and are no code."""
        while len(self.lines) > 1 and not self.lines[-1].code.strip():
            last = self.lines.pop()
            self.below.insert(0, last.prompt + last.code)


def is_session(lines: Sequence[str]) -> bool:
    """Whether a block is a session: its first line that is not blank has a prompt."""
    first = next((line for line in lines if line.strip()), "")
    return _FIRST.match(first) is not None


class Session:
    """A session as Python: `text` is what was typed (if that is any good), `restore` the way back."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._prefix = "_al_"
        while self._prefix in "".join(lines):
            self._prefix += "_"
        self._above: list[str] = []
        self._examples: list[_Example] = []
        for number, line in enumerate(lines):
            self._read(number, line)
        for example in self._examples:
            example.close()
        self._sources = [source for example in self._examples for source in example.lines]
        self.numbers = [source.number for source in self._sources]
        """The numbers of the lines of `text` in the session."""
        self.shifts = {index: len(source.prompt) for index, source in enumerate(self._sources)}
        self.text = "".join(self._marked())

    def _read(self, number: int, line: str) -> None:
        example = self._examples[-1] if self._examples else None
        if found := _FIRST.match(line):
            self._examples.append(_Example([_Source(number, found[0], line[found.end() :])]))
        elif example is None:
            self._above.append(line)
        elif not example.below and (found := _MORE.match(line)):
            example.lines.append(_Source(number, found[0], line[found.end() :]))
        else:
            example.below.append(line)

    def _marked(self) -> Iterator[str]:
        for index, example in enumerate(self._examples):
            last = max((n for n, s in enumerate(example.lines) if s.code.strip()), default=0)
            for number, source in enumerate(example.lines):
                if example.below and number == last:
                    code = source.code.rstrip("\r\n")
                    yield f"{code}  # {self._prefix}{index}_{source.code[len(code) :]}"
                else:
                    yield source.code

    def restore(self, text: str) -> str:
        """The session for a new Python text."""
        owners = _statements(ast.parse(text))
        mark = re.compile(rf"[ \t]*# {self._prefix}(\d+)_")
        new = split(text if text.endswith("\n") else text + "\n")
        below: dict[int, list[str]] = {}
        for index, line in enumerate(new):
            found = mark.search(line)
            if found:
                new[index] = line[: found.start()] + line[found.end() :]
                if index in owners:
                    below[owners[index][1]] = self._examples[int(found[1])].below
        result = list(self._above)
        old = [source.code for source in self._sources]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            for index in range(j1, j2):
                line = new[index]
                if tag == "equal":
                    result.append(self._sources[i1 + index - j1].prompt + line)
                elif line.strip():
                    starts = index not in owners or owners[index][0] == index
                    result.append(self._prompt(min(i1 + index - j1, max(i2 - 1, i1)), starts=starts) + line)
                result += below.get(index, ())
        return "".join(result)

    def _prompt(self, at: int, *, starts: bool) -> str:
        """The prompt of a new line, like those of the line `at` of the source."""
        near = [source.prompt for source in (*self._sources[at:], *reversed(self._sources[:at]))]
        first = next(prompt for prompt in near if _FIRST.match(prompt)).strip() + " "
        if starts:
            return first
        return "... " if first == ">>> " else "...: ".rjust(len(first))


def _statements(tree: ast.Module) -> dict[int, tuple[int, int]]:
    """The first and the last line (from 0) of the statement that each line is a part of."""
    found: dict[int, tuple[int, int]] = {}
    for statement in tree.body:
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
        last = (statement.end_lineno or statement.lineno) - 1
        found.update((line, (min(first, found.get(line, (first, last))[0]), last)) for line in range(first, last + 1))
    return found
