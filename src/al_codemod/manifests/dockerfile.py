"""`Dockerfile` and `Containerfile`: what their `RUN` instructions install, and the Python they are based on."""

import json
import re
from collections.abc import Iterator
from typing import Final

from al_codemod.manifests import shell
from al_codemod.manifests.located import PYTHON, Located, Syntax, line_end, line_start, next_line

_INSTRUCTION: Final = re.compile(r"^[ \t]*(?P<name>RUN|FROM)[ \t]+", re.IGNORECASE | re.MULTILINE)
_IMAGE: Final = re.compile(
    r"(?:--\S+[ \t]+)*(?:\S*/)?(?:python|pypy):(?P<version>\d+(?:\.\d+)*)(?=[-\s@]|$)"
    r"|(?:--\S+[ \t]+)*\S*:(?:[\w.]+-)*python-?(?P<other>\d+\.\d+)"
)
_HEREDOC: Final = re.compile(r"<<-?[ \t]*[\"']?(?P<end>\w+)[\"']?")
_EXEC: Final = re.compile(r"\[[^\]]*\]")
_STRING: Final = re.compile(r'"((?:\\.|[^"\\])*)"')


def locate(path: str, text: str) -> Iterator[Located]:  # noqa: ARG001 - the readers of all manifests look alike
    """The requirements of all installing commands, and of the images by which they run."""
    position = 0
    while (found := _INSTRUCTION.search(text, position)) is not None:
        start = found.end()
        end = _instruction_end(text, start)
        if found["name"].upper() == "FROM":
            yield from locate_image(text, start, end)
        elif (words := _exec_words(text, start, end)) is not None:
            yield from shell.locate_words(text, words, str(start))
        else:
            yield from shell.locate(text, start, end)
        position = end


def _instruction_end(text: str, start: int) -> int:
    """Where an instruction ends: after the lines that continue it, and after its here-documents."""
    end = line_end(text, start)
    while end < len(text):
        line = text[line_start(text, end) : end]
        is_comment = line.lstrip().startswith("#") or not line.strip()
        if not (line.rstrip().endswith(("\\", "`")) or is_comment):
            break
        end = line_end(text, next_line(text, end))
    for heredoc in _HEREDOC.finditer(text, start, end):
        close = re.compile(rf"^[ \t]*{heredoc['end']}[ \t]*\r?$", re.MULTILINE).search(text, end)
        end = close.start() if close else end
    return end


def _exec_words(text: str, start: int, end: int) -> list[tuple[int, int]] | None:
    """The places of the words of a `RUN` in its JSON form."""
    found = _EXEC.match(text, start, end)
    if found is None:
        return None
    try:
        words = json.loads(found[0])
    except ValueError:
        return None
    if not all(isinstance(word, str) for word in words):
        return None
    return [string.span(1) for string in _STRING.finditer(text, found.start(), found.end())]


def locate_image(text: str, start: int, end: int) -> Iterator[Located]:
    """The Python that the tag of an image names, as in `python:3.11-slim`."""
    found = _IMAGE.match(text, start, end)
    if found is not None:
        group = "version" if found["version"] else "other"
        yield Located(PYTHON, found[group], *found.span(group), Syntax.RELEASE, problem="it is the tag of an image")
