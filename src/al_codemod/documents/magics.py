"""The magics that say something about Python code: which hold a statement, and which are about a whole cell."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Magic:
    """How a magic takes Python code: behind which options, and whether it runs it again and again.

    `flags` are its short options without a value, `valued` those with one, which may follow at once (`-n5`).
    """

    flags: str = ""
    valued: str = ""
    looped: bool = False

    def statement(self, arguments: str) -> int:
        """Where the code begins in the arguments of the magic."""
        pattern = rf"(?:\s*(?:-[{self.flags}]+|-[{self.valued}]\s*[^\s-]\S*|--[a-z][a-z-]*)(?=\s|$))*\s*"
        if not self.flags:
            pattern = pattern.replace("-[]+|", "")
        if not self.valued:
            pattern = pattern.replace(r"-[]\s*[^\s-]\S*|", "")
        found = re.match(pattern, arguments)
        return found.end() if found else 0


PYTHON: Final[dict[str, Magic]] = {
    "time": Magic(),
    "timeit": Magic("tcqov", "nrp", looped=True),
    "capture": Magic(),
    "prun": Magic("rq", "lsTD"),
    "memit": Magic("oc", "rti"),
    "mprun": Magic("rc", "fT"),
    "lprun": Magic("rsz", "fmDTu"),
    "pyinstrument": Magic(),
    "snakeviz": Magic("tn", "f"),
    "scalene": Magic(),
}
"""Magics whose line or cell is Python that runs in the notebook's own names."""

SHELL: Final = frozenset({"sx", "sc", "system"})
"""Line magics whose argument is a shell command."""

SHELL_CELLS: Final = frozenset({"bash", "sh", "script bash", "script sh", "system", "sx", "!"})
"""Cell magics whose cell is a shell script."""

INSTALLERS: Final = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})
"""Line magics that are commands of their own."""

AUTOMAGIC: Final = frozenset({*PYTHON, *INSTALLERS}) - {"capture"}
"""What IPython takes for a magic without a `%` when it is all that a cell has."""
