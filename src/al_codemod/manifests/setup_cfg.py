"""`setup.cfg`: the requirements of setuptools, one a line below their key."""

import re
from collections.abc import Iterator
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
    RawConfigParser,
)
from dataclasses import replace
from typing import Final

from al_codemod.manifests.located import PYTHON, Located, Replacement, line_end
from al_codemod.manifests.pep508 import parse
from al_codemod.manifests.requirements import on_a_line
from al_codemod.source.errors import SourceError

_LISTS: Final = ("install_requires", "setup_requires", "tests_require")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")
_SECTION: Final = re.compile(r"\[(?P<name>[^\]]+)\]")
_KEY: Final = re.compile(r"(?P<key>[^\s=:#;\[][^=:\r\n]*?)\s*[=:][ \t]*")


def locate(path: str, text: str) -> Iterator[Located]:
    """The requirements, and the Python that they need; raise `SourceError` when it is no configuration file."""
    _check(path, text)
    section = key = ""
    for line in _LINE.finditer(text):
        start, end = line.start(), line_end(text, line.start())
        content = text[start:end]
        if not content.strip() or content.lstrip()[0] in "#;":
            continue
        if (header := _SECTION.match(content)) is not None:
            section, key = header["name"], ""
            continue
        if not content[0].isspace():
            found = _KEY.match(content)
            if found is None:
                continue
            key, start = found["key"].replace("-", "_"), start + found.end()
        if section == "options" and key == "python_requires":
            yield from _python(text, start, end)
        elif (section == "options" and key in _LISTS) or section == "options.extras_require":
            yield from _requirement(text, start, end, f"{section}.{key}", alone=content[0].isspace())


def _requirement(text: str, start: int, end: int, group: str, *, alone: bool) -> Iterator[Located]:
    parsed = parse(text, start, end)
    if parsed is not None:
        located = on_a_line(text, parsed, end, group=group)
        yield located if alone else replace(located, add=None)


def _python(text: str, start: int, end: int) -> Iterator[Located]:
    value = text[start:end].strip()
    if value:
        start = text.index(value, start)
        stop = start + len(value)
        yield Located(PYTHON, value, start, stop, render=lambda constraint: Replacement(start, stop, constraint))


def _check(path: str, text: str) -> None:
    parser = RawConfigParser(strict=True)
    try:
        parser.read_string(text)
    except MissingSectionHeaderError as error:
        raise SourceError(path, error.lineno, 1, "not valid: no section header before this line") from None
    except (DuplicateOptionError, DuplicateSectionError) as error:
        raise SourceError(path, error.lineno or 1, 1, f"not valid: {error.args[0]}") from None
    except ParsingError as error:
        line = error.errors[0][0] if error.errors else 1
        raise SourceError(path, line, 1, "not valid: neither a section nor a setting") from None
