"""Workflows of CI services: the commands in their YAML, and the Python that they set up."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from al_codemod.manifests import shell
from al_codemod.manifests.dockerfile import locate_image
from al_codemod.manifests.located import PYTHON, Located, Replacement, Syntax, line_end
from al_codemod.manifests.yaml_spans import Scalar, scalars

_COMMANDS: Final = frozenset(
    "run script before_script after_script command commands install before_install bash pwsh powershell".split()
)
_PYTHONS: Final = frozenset("python-version python_version python versionSpec".split())


def locate(path: str, text: str) -> Iterator[Located]:
    """What the commands of a workflow install."""
    for scalar in scalars(path, text):
        keys = [key for key in scalar.path if isinstance(key, str)]
        key = keys[-1] if keys else ""
        if key in _COMMANDS:
            yield from _command(text, scalar)
        elif key in ("image", "container") or scalar.path[-2:] in (("image", "name"), ("container", "image")):
            yield from locate_image(text, *scalar.inner)
        elif key in _PYTHONS:
            yield _python(scalar)


def _command(text: str, scalar: Scalar) -> Iterator[Located]:
    start, end = scalar.inner
    if scalar.style in ("|", ">"):
        start = line_end(text, start)
    quote = "'" if scalar.style == '"' else '"'
    if scalar.in_flow and not scalar.style:
        # A comma would end the scalar: what is to be changed is only pointed at.
        for located in shell.locate(text, start, end, group=str(start)):
            yield replace(located, problem=located.problem or "its command has no quotes, but brackets around it")
        return
    yield from shell.locate(text, start, end, quote=quote, folded=scalar.style != "|", group=str(start))


def _python(scalar: Scalar) -> Located:
    return Located(
        PYTHON,
        scalar.value,
        scalar.start,
        scalar.end,
        Syntax.RELEASE,
        problem="the workflow sets it up",
        render=lambda constraint: Replacement(*scalar.inner, constraint),
        installs=False,
    )
