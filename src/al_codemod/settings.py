"""What a project wants of the tool: `[tool.al-codemod]` of its pyproject.toml.

```toml
[tool.al-codemod]
target = "2"               # the oldest Icechunk to support: "1" (1.1), "2", or a version such as "2.1"
target-zarr = "3.1"        # the oldest zarr to support
empty-commits = "guard"    # "raise": commit even where nothing may have been written, as icechunk does
conflicts = "fail"         # "rebase": commit with rebase_with=icechunk.ConflictDetector() everywhere
safe-only = false          # leave out the edits that a person should review
annotate = false           # a comment `# TODO(al-codemod CODE): ...` at what is left to do by hand
clear-outputs = false      # take the outputs out of notebook cells that change
include = ["*.py", "*.pyi", "*.ipynb", "*.md", "*.qmd", "*.rst"]
exclude = [".git", ".venv", "build"]   # in place of the default list
extend-exclude = ["vendored/"]         # on top of it
force-exclude = false      # leave out what is excluded even when it is named on the command line, as by pre-commit
select = ["AL"]            # codes or beginnings of codes; the longest that is named decides
ignore = ["AL207"]
```
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from al_codemod.targets import Target, has, icechunk_target, zarr_target

TABLE = "al-codemod"

DEFAULT_INCLUDE: tuple[str, ...] = ("*.py", "*.pyi", "*.ipynb", "*.md", "*.qmd", "*.rst")
DEFAULT_EXCLUDE: tuple[str, ...] = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set, with its default."""

    target: Target = "2"
    target_zarr: str = "3.1"
    empty_commits: Literal["guard", "raise"] = "guard"
    conflicts: Literal["fail", "rebase"] = "fail"
    safe_only: bool = False
    annotate: bool = False
    clear_outputs: bool = False
    include: tuple[str, ...] = DEFAULT_INCLUDE
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    root: str = ""
    """The directory that the patterns are relative to: that of the pyproject.toml, `""` for the current one."""
    source: str = ""
    """The file that they were read from, `""` for none."""

    def has_zarr(self, since: str) -> bool:
        """Whether every zarr that is to be supported has what came with a version."""
        return has(self.target_zarr, since)


VERSIONS: Final[Mapping[str, Callable[[object], str]]] = {"target": icechunk_target, "target_zarr": zarr_target}
"""Settings that are versions, each with what checks it."""

_NOT_FOR_USERS = ("root", "source")


class SettingsError(Exception):
    """The settings cannot be used; the message says which and why."""


def load_settings(paths: Iterable[str], *, config: str | None = None, isolated: bool = False) -> Settings:
    """The settings for a run over `paths`: of the file `config`, or of the nearest pyproject.toml, or the defaults.

    The nearest is the first with a `[tool.al-codemod]` table, from the directory that all paths share upwards; the
    search ends at the top of a git repository.
    """
    if isolated:
        return Settings()
    if config is not None:
        return _parse(config, _read_table(config) or {})
    directory = _common_directory(paths)
    while True:
        candidate = os.path.join(directory, "pyproject.toml")
        if os.path.isfile(candidate) and (table := _read_table(candidate)) is not None:
            return _parse(candidate, table)
        parent = os.path.dirname(directory)
        if parent == directory or os.path.lexists(os.path.join(directory, ".git")):
            return Settings()
        directory = parent


def render_settings(settings: Settings) -> str:
    """The settings as TOML, after a comment that says where they are from."""
    import json

    lines = [f"# {settings.source or 'defaults: no pyproject.toml with a [tool.al-codemod] table'}", f"[tool.{TABLE}]"]
    for field in fields(Settings):
        if field.name not in _NOT_FOR_USERS:
            value = getattr(settings, field.name)
            # Strings, booleans and lists of strings are written alike in JSON and in TOML.
            text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
            lines.append(f"{_key(field.name)} = {text}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name.replace("_", "-")


def _common_directory(paths: Iterable[str]) -> str:
    real = [os.path.realpath(path) for path in paths] or [os.getcwd()]
    try:
        common = os.path.commonpath(real)
    except ValueError:  # on different drives
        common = real[0]
    return common if os.path.isdir(common) else os.path.dirname(common)


def _read_table(path: str) -> Mapping[str, Any] | None:
    """The tool's table in a TOML file, `None` when there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise SettingsError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if TABLE.encode() not in data:
        # Most pyproject.toml files have nothing for us: not worth a TOML parser.
        return None
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    tool = document.get("tool", {})
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise SettingsError(f"{path}: [tool.{TABLE}] must be a table")
    return table


def _parse(path: str, table: Mapping[str, Any]) -> Settings:
    """Check the table, key by key, and make settings of it."""
    types = get_type_hints(Settings)
    known = {_key(field.name): field.name for field in fields(Settings) if field.name not in _NOT_FOR_USERS}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise SettingsError(f"{path}: unknown setting `{key}`{suggest(key, known)}")
        name = known[key]
        try:
            values[name] = VERSIONS[name](value) if name in VERSIONS else _convert(types[name], value)
        except ValueError as error:
            raise SettingsError(f"{path}: {key}: {error}") from None
    source = os.path.realpath(path)
    return replace(Settings(), **values, root=os.path.dirname(source), source=source)


def _convert(kind: Any, value: Any) -> Any:
    """The value as the type `kind` of its field, or a `ValueError` that says what is expected."""
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"expected true or false, not {value!r}")
        return value
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        if value not in choices:
            raise ValueError(f"expected {' or '.join(map(_quote, choices))}, not {value!r}{suggest(value, choices)}")
        return value
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise ValueError(f"expected a list of strings, not {value!r}")
    return tuple(value)


def suggest(wrong: object, known: Iterable[str]) -> str:
    """What was meant, when one of the `known` is like it: in parentheses, to be put after a complaint."""
    import difflib

    near = difflib.get_close_matches(str(wrong).replace("_", "-"), list(known), n=1)
    return f" (did you mean {_quote(near[0])}?)" if near else ""


def _quote(text: str) -> str:
    return f'"{text}"'
