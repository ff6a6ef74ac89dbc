"""Lock files: they are never edited, and pointed at while they hold V1 versions."""

import re
from collections.abc import Iterator
from typing import Final

from packaging.version import InvalidVersion, Version

from al_codemod.manifests.versions import LINES

_VERSION: Final = r"v?(?P<version>\d[\w.!+]*)"
_LOCKED: Final = (
    # poetry.lock, uv.lock, pdm.lock, pylock.toml; conda-lock.yml, pixi.lock; Pipfile.lock; a compiled requirements file;
    # the file name of an archive.
    re.compile(rf"""^name = "(?P<name>arraylake|zarr)"\r?\nversion = "{_VERSION}\"""", re.MULTILINE),
    re.compile(rf"""^[- \t]*name: (?P<name>arraylake|zarr)\r?\n\s*version: ['"]?{_VERSION}""", re.MULTILINE),
    re.compile(rf""""(?P<name>arraylake|zarr)": \{{[^{{}}]*?"version": "=={_VERSION}\"""", re.DOTALL),
    re.compile(rf"^(?P<name>arraylake|zarr)(?:\[[^\]]*\])?=={_VERSION}", re.MULTILINE),
    re.compile(rf"/(?P<name>arraylake|zarr)-{_VERSION}(?=[-.](?:py|tar|zip|conda|whl))"),
)
_COMMANDS: Final = {
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "pdm.lock": "pdm lock",
    "pipfile.lock": "pipenv lock",
    "pixi.lock": "pixi lock",
    "conda-lock.yml": "conda-lock",
    "pylock.toml": "uv pip compile, pip lock or whatever wrote it",
}


def stale(text: str) -> Iterator[tuple[int, int, str, str]]:
    """Where a lock holds V1's arraylake or zarr 2: start, end, name and version, each package once."""
    seen: set[str] = set()
    for pattern in _LOCKED:
        for found in pattern.finditer(text):
            name = found["name"]
            if name not in seen and _is_old(name, found["version"]):
                seen.add(name)
                yield found.start("name"), found.end("version"), name, found["version"]


def command(path: str) -> str:
    """What to run so that a lock is made again."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    return _COMMANDS.get(name, "the command that wrote it")


def _is_old(name: str, version: str) -> bool:
    try:
        return Version(version) < Version(LINES["2"].packages[name].oldest)
    except InvalidVersion:
        return False
