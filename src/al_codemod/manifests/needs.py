"""What the code of a project says about its manifests. Nothing heavy is imported here."""

import re
from dataclasses import dataclass
from typing import Final

from al_codemod.targets import Target

NEW: Final = ("icechunk",)
"""What arraylake brings along, and a project that imports it should name."""

_IMPORT: Final = re.compile(rf"^[ \t]*(?:import|from)[ \t]+({'|'.join(NEW)})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rest of the project says about its manifests.

    `v1_code`: V1 code was found in it. `imports`: those of the packages in `NEW` that its code imports once it is
    migrated. `target`: the line of versions that fits the Python of the whole project; without it each manifest decides
    alone.
    """

    v1_code: bool = False
    imports: frozenset[str] = frozenset()
    target: Target | None = None

    def with_code(self, code: str, *, is_v1: bool) -> "Needs":
        """The same, and what some more code needs, given as it is after its migration."""
        return Needs(self.v1_code or is_v1, self.imports | imports_of(code), self.target)


def imports_of(code: str) -> frozenset[str]:
    """Which of the packages in `NEW` some Python code imports."""
    return frozenset(_IMPORT.findall(code))
