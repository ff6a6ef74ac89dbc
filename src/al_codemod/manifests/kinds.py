"""Which files are manifests, by their names, and who reads them. Nothing heavy is imported here."""

import os
import re
from enum import StrEnum
from functools import cache
from typing import Final


class Kind(StrEnum):
    """The kinds of manifests."""

    LOCK = "lock"
    REQUIREMENTS = "requirements"
    PYPROJECT = "pyproject"
    PIPFILE = "pipfile"
    PIXI = "pixi"
    SETUP_CFG = "setup.cfg"
    PYTHON = "python"
    CONDA = "conda"
    DOCKERFILE = "dockerfile"
    WORKFLOW = "workflow"


# Of a file in lower case: its name or, where there is a slash, the end of its path. The first that matches decides.
_NAMES: Final = (
    (Kind.LOCK, r".*\.lock|(?:.*[-.])?conda-lock\.ya?ml|pylock(?:\..*)?\.toml"),
    (Kind.PYPROJECT, r"pyproject\.toml"),
    (Kind.PIPFILE, r"pipfile"),
    (Kind.PIXI, r"pixi\.toml"),
    (Kind.SETUP_CFG, r"setup\.cfg"),
    (Kind.PYTHON, r"setup\.py"),
    (Kind.REQUIREMENTS, r"(?:.*[-_.])?(?:requirements|constraints?|reqs)(?:[-_.].*)?\.(?:txt|in|pip)"),
    (Kind.REQUIREMENTS, r"(?:requirements|constraints|reqs)/[^/]*\.(?:txt|in|pip)"),
    (Kind.CONDA, r"(?:.*[-_.])?(?:environment|env|conda)(?:[-_.].*)?\.ya?ml"),
    (Kind.DOCKERFILE, r"(?:.*[-_.])?(?:dockerfile|containerfile)(?:[-_.](?!.*\.).*)?"),
    (Kind.WORKFLOW, r"\.github/(?:workflows|actions)/.*\.ya?ml|\.gitlab/.*\.ya?ml|\.circleci/config\.ya?ml"),
    (Kind.WORKFLOW, r"(?:.*\.)?gitlab-ci\.ya?ml|action\.ya?ml|azure-pipelines.*\.ya?ml|bitbucket-pipelines\.ya?ml"),
    (Kind.WORKFLOW, r"\.travis\.ya?ml"),
)
# What a file of any name may be that the user, or another manifest, names as one.
_EXTENSIONS: Final = {
    ".txt": Kind.REQUIREMENTS,
    ".in": Kind.REQUIREMENTS,
    ".pip": Kind.REQUIREMENTS,
    ".yml": Kind.CONDA,
    ".yaml": Kind.CONDA,
}
_ENDS: Final = (".txt", ".in", ".pip", ".toml", ".cfg", ".yml", ".yaml", ".lock", "setup.py")
_STARTS: Final = ("dockerfile", "containerfile", "pipfile")

NEEDLES: Final = (b"arraylake", b"zarr", b"icechunk")
"""A manifest that names none of these has nothing to migrate."""


_EMBEDS: Final = re.compile(r"install|_require|pip\b|packages|dependencies|requirements|/// script")


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str], bool], ...]:
    """The names, compiled, and whether each is about the path."""
    return tuple((kind, re.compile(rf"(?:.*/)?(?:{pattern})"), "/" in pattern) for kind, pattern in _NAMES)


def kind_of(path: str) -> Kind | None:
    """The kind of manifest that a file is, by its name or, where that says nothing, by its extension."""
    return _kind_by_name(path) or _EXTENSIONS.get(os.path.splitext(path)[1].lower())


def is_manifest(path: str) -> bool:
    """Whether a file is a manifest by its name alone."""
    return _kind_by_name(path) is not None


def _kind_by_name(path: str) -> Kind | None:
    name = os.path.basename(path).lower()
    if not (name.endswith(_ENDS + _STARTS) or name.startswith(_STARTS)):
        return None
    whole = os.path.abspath(path).replace(os.sep, "/").lower()
    return next((kind for kind, names, of_path in _patterns() if names.fullmatch(whole if of_path else name)), None)


def has_needle(data: bytes) -> bool:
    """Whether the bytes of a manifest name a package that the migration is about."""
    data = data.lower()
    return any(needle in data for needle in NEEDLES)


def may_embed(code: str) -> bool:
    """Whether some Python code may name requirements of those packages; most code that says such words does not."""
    return _EMBEDS.search(code) is not None and has_needle(code.encode())
