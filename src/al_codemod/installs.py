"""Commands that install packages, in notebooks and documents."""

import re

from al_codemod.documents.codes import INSTALL
from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.settings import Settings

_INSTALL = re.compile(r"\b(?:pip3?|conda|mamba|micromamba|uv)\b(?:\s+\S+)*?\s+(?:install|add|create)\b(.*)", re.DOTALL)
_OLD = re.compile(r"""["']?\b(arraylake|zarr)(?:\[[^\]]*\])?\s*(?:={1,3}\s*v?[02]\b|<=?\s*[0-3]\b|~=\s*[02]\b)""")


def update_install(command: str, settings: Settings) -> Migration:
    """The migration of a command that installs packages, with findings at places in the command.

    As long as nothing here can rewrite requirements, what installs V1 is pointed at.
    """
    found = _INSTALL.search(command)
    old = _OLD.search(found[1]) if found else None
    if found is None or old is None:
        return Migration(command)
    before = command[: found.start(1) + old.start(1)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    python = "1" if settings.target == "2" else "0.33"
    message, instead = f"this installs a version of {old[1]} for V1", f'install "arraylake>={python}" and "zarr>=3"'
    span = Span(line, column, line, column + len(old[1]))
    return Migration(command, (Finding(span, INSTALL, message, Applicability.MANUAL, instead=instead),))
