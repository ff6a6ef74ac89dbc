"""Commands that install packages, in notebooks and documents."""

import re
from dataclasses import dataclass

from al_codemod.settings import Settings

_INSTALL = re.compile(r"\b(?:pip3?|conda|mamba|micromamba|uv)\b(?:\s+\S+)*?\s+(?:install|add|create)\b(.*)", re.DOTALL)
_OLD = re.compile(r"""["']?\b(arraylake|zarr)(?:\[[^\]]*\])?\s*(?:={1,3}\s*v?[02]\b|<=?\s*[0-3]\b|~=\s*[02]\b)""")


@dataclass(frozen=True, slots=True)
class Update:
    """What becomes of a command: its new text, or none and what to write instead."""

    new: str | None
    message: str
    instead: str = ""


def update_install(command: str, settings: Settings) -> Update | None:
    """What becomes of a command that installs packages; `None` where nothing has to."""
    found = _INSTALL.search(command)
    old = _OLD.search(found[1]) if found else None
    if old is None:
        return None
    python = "1" if settings.target == "2" else "0.33"
    return Update(None, f"this installs a version of {old[1]} for V1", f'install "arraylake>={python}" and "zarr>=3"')
