"""`pyproject.toml` of every tool, `Pipfile` and `pixi.toml`: which of their strings are requirements."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from al_codemod.manifests.insertion import add_item
from al_codemod.manifests.located import (
    ESCAPED,
    PYTHON,
    REFERENCE,
    AddSibling,
    Located,
    Replacement,
    Syntax,
    indentation,
    line_break,
    line_end,
    line_start,
)
from al_codemod.manifests.pep508 import normalize, parse
from al_codemod.manifests.toml_spans import Path, String, strings
from al_codemod.manifests.versions import PACKAGES

# A path of keys, written with dots; `*` stands for any one key, `#` for the place in a list.
_LISTS: Final = """
    project.dependencies.#
    project.optional-dependencies.*.#
    dependency-groups.*.#
    build-system.requires.#
    tool.pdm.dev-dependencies.*.#
    tool.hatch.envs.*.dependencies.#
    tool.hatch.envs.*.extra-dependencies.#
    tool.hatch.metadata.hooks.*.dependencies.#
    tool.hatch.metadata.hooks.*.optional-dependencies.*.#
    tool.uv.dev-dependencies.#
    tool.tox.env_run_base.deps.#
    tool.tox.env.*.deps.#
""".split()
_LIMITS: Final = """
    tool.pdm.overrides.*
    tool.pdm.resolution.overrides.*
    tool.uv.constraint-dependencies.#
    tool.uv.override-dependencies.#
    tool.uv.build-constraint-dependencies.#
""".split()
_TABLES: Final = {
    "tool.poetry.dependencies": Syntax.POETRY,
    "tool.poetry.dev-dependencies": Syntax.POETRY,
    "tool.poetry.group.*.dependencies": Syntax.POETRY,
}
_PIXI_TABLES: Final = {
    "dependencies": Syntax.CONDA,
    "host-dependencies": Syntax.CONDA,
    "build-dependencies": Syntax.CONDA,
    "run-dependencies": Syntax.CONDA,
    "pypi-dependencies": Syntax.PEP440,
    "constraints": Syntax.CONDA,
}
_PIXI_PLACES: Final = ("", "feature.*.", "target.*.", "feature.*.target.*.", "package.", "package.target.*.")
_PYTHONS: Final = {
    "project.requires-python": Syntax.PEP440,
    "tool.hatch.envs.*.python": Syntax.RELEASE,
}
_PIPFILE_TABLES: Final = ("source", "requires", "pipenv", "scripts", "pipfile")
_ELSEWHERE: Final = ("git", "url", "path", "file", "hg", "svn", "bzr")

_TableMap = dict[tuple[str, ...], Syntax]


def _compiled(patterns: dict[str, Syntax]) -> _TableMap:
    return {tuple(pattern.split(".")): syntax for pattern, syntax in patterns.items()}


_PIXI: Final = _compiled({place + table: syntax for place in _PIXI_PLACES for table, syntax in _PIXI_TABLES.items()})
_TABLE_PATHS: Final = _compiled(_TABLES) | {("tool", "pixi", *path): syntax for path, syntax in _PIXI.items()}
_LIST_PATHS: Final = [tuple(pattern.split(".")) for pattern in _LISTS]
_LIMIT_PATHS: Final = [tuple(pattern.split(".")) for pattern in _LIMITS]
_PYTHON_PATHS: Final = _compiled(_PYTHONS)


def locate_pyproject(path: str, text: str) -> Iterator[Located]:
    """The requirements in a `pyproject.toml`."""
    for string in strings(path, text):
        python = next((s for p, s in _PYTHON_PATHS.items() if _fits(string.path, p)), None)
        if python is not None:
            yield _constraint(text, string, PYTHON, python, "")
        elif any(_fits(string.path, pattern) for pattern in _LIST_PATHS):
            yield from _item(text, string, installs=True)
        elif any(_fits(string.path, pattern) for pattern in _LIMIT_PATHS):
            yield from _limit(text, string)
        else:
            yield from _entry(text, string, _TABLE_PATHS)


def locate_script(path: str, text: str) -> Iterator[Located]:
    """The requirements in the metadata of a script (PEP 723), given as TOML."""
    for string in strings(path, text):
        if _fits(string.path, ("dependencies", "#")):
            yield from _item(text, string, installs=True)
        elif string.path == ("requires-python",):
            yield _constraint(text, string, PYTHON, Syntax.PEP440, "")


def locate_pixi(path: str, text: str) -> Iterator[Located]:
    """The requirements in a `pixi.toml`."""
    for string in strings(path, text):
        yield from _entry(text, string, _PIXI)


def locate_pipfile(path: str, text: str) -> Iterator[Located]:
    """The requirements in a `Pipfile`: every table that is not about something else is a category of packages."""
    for string in strings(path, text):
        table = string.path[0]
        if string.path in (("requires", "python_version"), ("requires", "python_full_version")):
            yield _constraint(text, string, PYTHON, Syntax.RELEASE, "")
        elif isinstance(table, str) and table not in _PIPFILE_TABLES:
            yield from _entry(text, string, {(table,): Syntax.PEP440})


def _fits(path: Path, pattern: tuple[str, ...]) -> bool:
    return len(path) == len(pattern) and all(
        isinstance(key, int) if wanted == "#" else isinstance(key, str) and fnmatchcase(key, wanted)
        for key, wanted in zip(path, pattern, strict=True)
    )


def _group(path: Path) -> str:
    return ".".join(map(str, path[:-1]))


def _item(text: str, string: String, *, installs: bool) -> Iterator[Located]:
    """A requirement as pip writes it, in a list."""
    start, end = string.start + string.quotes, string.end - string.quotes
    parsed = parse(text, start, end)
    if parsed is None:
        return
    quote = text[string.start]

    def render(constraint: str) -> Replacement:
        return Replacement(parsed.name_end, parsed.end, parsed.rewritten(text, constraint))

    def add(name: str, constraint: str) -> tuple[Replacement, ...]:
        marker = text[parsed.end : end].strip() if parsed.marker else ""
        return add_item(text, string.start, string.end, f"{quote}{name}{constraint}{marker}{quote}")

    problem = "" if string.is_plain(text) else ESCAPED
    place, group = (parsed.start, parsed.end), _group(string.path)
    yield parsed.located(place, render, add, group, problem=problem, installs=installs)


def _limit(text: str, string: String) -> Iterator[Located]:
    """An entry that limits versions: an item of a list, or one of a table of names."""
    name = string.path[-1]
    if isinstance(name, int):
        yield from _item(text, string, installs=False)
    elif normalize(name) in PACKAGES:
        yield _constraint(text, string, normalize(name), Syntax.PEP440, _group(string.path), installs=False)


def _entry(text: str, string: String, tables: _TableMap) -> Iterator[Located]:
    """`name = "constraint"` or `name = {version = "constraint"}` in one of the tables."""
    for pattern, syntax in tables.items():
        size = len(pattern)
        if len(string.path) <= size or not _fits(string.path[:size], pattern):
            continue
        name, rest = normalize(str(string.path[size])), string.path[size + 1 :]
        group = _group(string.path[: size + 1])
        if name not in PACKAGES | {PYTHON}:
            return
        if rest in ((), ("version",)):
            yield _constraint(text, string, name, syntax, group)
        elif rest and isinstance(rest[0], int) and rest[1:] in ((), ("version",)):
            yield _constraint(text, string, name, syntax, group, "it has several constraints")
        elif rest[-1] in _ELSEWHERE:
            yield _constraint(text, string, name, syntax, group, REFERENCE)
        return


def _constraint(
    text: str, string: String, name: str, syntax: Syntax, group: str, problem: str = "", *, installs: bool = True
) -> Located:
    """A string that is nothing but a constraint."""
    start, end = string.start + string.quotes, string.end - string.quotes

    def render(constraint: str) -> Replacement:
        return Replacement(start, end, constraint)

    if not string.is_plain(text):
        problem = problem or ESCAPED
    return Located(
        name,
        string.value,
        string.start,
        string.end,
        syntax,
        render,
        _beside(text, string, name),
        group,
        problem=problem,
        installs=installs,
    )


def _beside(text: str, string: String, name: str) -> AddSibling | None:
    """How to put another entry beside one that has a line of its own and begins with the name of its package."""
    start, end = string.statement
    stop = line_end(text, end)
    key = re.match(r"[\"']?([A-Za-z0-9._-]*?)[\"']?\s*(?:=|\.\s*version\s*=)", text[start:end])
    alone = not text[line_start(text, start) : start].strip()
    if key is None or normalize(key[1]) != name or not alone or not re.fullmatch(r"\s*(#.*)?", text[end:stop]):
        return None
    quote = text[string.start]

    def add(other: str, constraint: str) -> tuple[Replacement, ...]:
        line = f"{line_break(text)}{indentation(text, start)}{other} = {quote}{constraint}{quote}"
        return (Replacement(stop, stop, line),)

    return add
