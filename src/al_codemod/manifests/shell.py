"""Commands of a shell that install packages, and the requirements among their words.

A word keeps its quotes. One without quotes gets some, since `<` and `>` redirect where nothing quotes them; what looks
like `zarr<3` is taken as it was meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from al_codemod.manifests.conda_spec import parse_spec
from al_codemod.manifests.insertion import add_item
from al_codemod.manifests.located import (
    HASHED,
    Located,
    Replacement,
    Syntax,
    indentation,
    line_break,
    line_end,
    line_start,
)
from al_codemod.manifests.pep508 import parse


@dataclass(frozen=True, slots=True)
class Installer:
    """A command that installs: its words, how it spells constraints, its options that take a value.

    `with_` are options whose value is itself a requirement; a command that has some takes no others.
    """

    words: re.Pattern[str]
    syntax: Syntax
    valued: frozenset[str]
    with_: frozenset[str] = frozenset()


_PIP_VALUED: Final = frozenset(
    """-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -f --find-links -t --target
    --prefix --root --src --python --python-version --platform --implementation --abi --no-binary --only-binary --proxy
    --timeout --retries --cert --client-cert --trusted-host --cache-dir --log --progress-bar --config-settings -C -b
    --build-constraint --override --index --default-index --upgrade-package -P --exclude-newer --link-mode --directory
    --project --resolution --prerelease --python-platform --group -G --optional --extra -E --source --categories
    --platform --feature --manifest-path --extras --only --branch --rev --tag --marker -m --bounds""".split()
)
_CONDA_VALUED: Final = frozenset(
    """-n --name -p --prefix -c --channel -f --file --solver --repodata-fn --subdir --platform -r --root-prefix --rc-file
    --log-level --clone --override-frozen --revision --cacert --experimental""".split()
)
_PYTHON: Final = r"(?:\S*/)?(?:python|pypy)[\d.]*(?:\.exe)?(?: -[A-Za-ln-z]+)* -m "
_RUN: Final = r"(?:(?:\S*/)?(?:conda|mamba|micromamba|uv|poetry|pdm|pipenv|hatch|pixi) run (?:\S+ )*?)?"
_INSTALLERS: Final = (
    Installer(
        re.compile(rf"{_RUN}(?:(?:{_PYTHON})?(?:\S*/)?pip[\d.]*|(?:{_PYTHON})?(?:\S*/)?uv pip)(?: -\S+)* install"),
        Syntax.PEP440,
        _PIP_VALUED,
    ),
    Installer(re.compile(r"(?:\S*/)?(?:uv|poetry|pdm|rye|hatch|pixi)(?: -\S+)* add"), Syntax.PEP440, _PIP_VALUED),
    Installer(re.compile(r"pipenv(?: -\S+)* install"), Syntax.PEP440, _PIP_VALUED),
    Installer(
        re.compile(r"(?:\S*/)?(?:conda|mamba|micromamba)(?: -\S+)*(?: env)? (?:install|create|update)"),
        Syntax.CONDA,
        _CONDA_VALUED,
    ),
    Installer(
        re.compile(r"(?:\S*/)?(?:uv run|uvx|uv tool run)"), Syntax.PEP440, _PIP_VALUED, frozenset({"--with", "-w"})
    ),
)
_BEFORE: Final = frozenset("sudo env exec time nice command then do else { ! xargs -E -H".split())
_BEFORE_PATTERN: Final = re.compile(r"[A-Za-z_]\w*=\S*|--(?:mount|network|security)=\S+")
_WORD: Final = re.compile(
    r"""(?P<comment>(?<!\S)\#[^\r\n]*)"""
    r"""|(?P<operator>[\r\n]+|&&|\|\|?|;|&|\)|\()"""
    r"""|(?P<word>(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|\$\([^)]*\)|\$\{[^}]*\}|\[[^\]\s]*\]|[^\s"'\\&|;()\[])+)""",
    re.DOTALL,
)
_MAGIC: Final = re.compile(r"\s*(?:[%!]{1,2})\s*(?=\S)")
_HOLE: Final = "\0"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def locate(
    text: str, start: int, end: int, *, quote: str = '"', folded: bool = False, group: str = ""
) -> Iterator[Located]:
    """The requirements of all install commands between `start` and `end`.

    `quote` is what to put around words that need it. Where `folded`, line breaks are blanks.
    """
    for number, command in enumerate(_commands(text, start, end, folded=folded)):
        yield from _of_command(text, command, quote, f"{group}:{start}:{number}")


def locate_words(text: str, words: Sequence[tuple[int, int]], group: str) -> Iterator[Located]:
    """The requirements of a command whose words stand apart already, each within quotes of its own."""
    found = [_Word(text[start:end], start, end) for start, end in words]
    found = [replace(word, text="python") if word.text == "sys.executable" else word for word in found]
    yield from _of_command(text, found, "", group)


def magic_start(line: str) -> int:
    """Where the command of a notebook's `%pip` or `!pip` line begins."""
    found = _MAGIC.match(line)
    return found.end() if found else 0


def _commands(text: str, start: int, end: int, *, folded: bool) -> Iterator[list[_Word]]:
    # What is blank to the shell becomes a blank of the same length, so that places stay.
    region = text[start:end]
    region = re.sub(r"(?m)^[ \t]*#[^\r\n]*", lambda found: _HOLE * len(found[0]), region)
    region = re.sub(
        rf"[\\`^][ \t]*(?:\r\n|\r|\n)(?:[ \t{_HOLE}]*(?:\r\n|\r|\n))*", lambda found: " " * len(found[0]), region
    )
    region = re.sub(rf"{_HOLE}+", lambda found: " " * len(found[0]), region)
    if folded:
        region = re.sub(r"[\r\n]", " ", region)
    words: list[_Word] = []
    for found in _WORD.finditer(region):
        if found["operator"]:
            yield words
            words = []
        elif found["word"]:
            words.append(_Word(found["word"], start + found.start(), start + found.end()))
    yield words


def _of_command(text: str, words: list[_Word], quote: str, group: str) -> Iterator[Located]:
    """The requirements of one command, if it installs any."""
    first = 0
    while first < len(words) and (words[first].text in _BEFORE or _BEFORE_PATTERN.fullmatch(words[first].text)):
        first += 1
    words = words[first:]
    if not words:
        return
    if (inner := _inner(words)) is not None:
        other = "'" if text[inner[0] - 1] == '"' else '"'
        yield from locate(text, *inner, quote=other, group=group)
        return
    line = " ".join(word.text for word in words)
    for installer in _INSTALLERS:
        found = installer.words.match(line)
        if found is not None and line[found.end() : found.end() + 1] in ("", " "):
            taken = found[0].count(" ") + 1
            yield from _arguments(text, words[taken:], installer, quote, group)
            return


def _inner(words: list[_Word]) -> tuple[int, int] | None:
    """The script of `bash -c "..."`."""
    if not re.fullmatch(r"(?:\S*/)?(?:ba|z|da)?sh", words[0].text):
        return None
    for flag, script in pairwise(words):
        if re.fullmatch(r"-\w*c", flag.text) and len(script.text) > 1 and script.text[0] in "\"'":
            return script.start + 1, script.end - 1
    return None


def _arguments(text: str, words: list[_Word], installer: Installer, quote: str, group: str) -> Iterator[Located]:
    hashed = any(word.text.startswith("--hash") for word in words)
    is_value = is_requirement = False
    for word in words:
        if is_value:
            is_value = False
        elif word.text.startswith("-") and not is_requirement:
            is_value = word.text in installer.valued
            is_requirement = word.text in installer.with_
        elif is_requirement or not installer.with_:
            is_requirement = False
            located = _of_word(text, word, installer, quote, group, HASHED if hashed else "")
            if located is not None:
                yield located


def _of_word(text: str, word: _Word, installer: Installer, quote: str, group: str, problem: str) -> Located | None:
    """The requirement that a word is: within its quotes, or without any."""
    quoted = len(word.text) > 1 and word.text[0] in "\"'" and word.text[-1] == word.text[0]
    own = word.text[0] if quoted else quote
    start, end = (word.start + 1, word.end - 1) if quoted else (word.start, word.end)
    parsed = (parse_spec if installer.syntax is Syntax.CONDA else parse)(text, start, end)
    if parsed is None:
        return None

    def render(constraint: str) -> Replacement:
        new = text[start : parsed.name_end] + parsed.rewritten(text, constraint) + text[parsed.end : end]
        return Replacement(word.start, word.end, f"{own}{new}{own}")

    def add(name: str, constraint: str) -> tuple[Replacement, ...]:
        if not own:
            mark = text[word.end]
            return add_item(text, word.start - 1, word.end + 1, f"{mark}{name}{constraint}{mark}")
        return _add_word(text, word, f"{own}{name}{constraint}{own}")

    if not quoted and re.search(r"[\"'\\]", word.text):
        problem = problem or "its quotes are within the word"
    return parsed.located(
        (start, end), render, None if installer.with_ else add, group, syntax=installer.syntax, problem=problem
    )


def _add_word(text: str, word: _Word, new: str) -> tuple[Replacement, ...]:
    """Another word after `word`: on a line of its own when that one has one."""
    before = text[line_start(text, word.start) : word.start]
    stop = line_end(text, word.end)
    after = text[word.end : stop]
    if before.strip():
        return (Replacement(word.end, word.end, f" {new}"),)
    if (mark := after.strip()) in ("\\", "`", "^"):
        return (Replacement(stop, stop, f"{line_break(text)}{indentation(text, word.start)}{new} {mark}"),)
    if not mark:
        continued = re.search(r"([\\`^])[ \t]*(?:\r\n|\r|\n)[ \t]*$", text[: word.start])
        if continued is not None:
            new = f" {continued[1]}{line_break(text)}{indentation(text, word.start)}{new}"
            return (Replacement(word.end, word.end, new),)
    return (Replacement(word.end, word.end, f" {new}"),)
