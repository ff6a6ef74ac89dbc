"""`--version`: what a bug report needs to know."""

import os
import re
import sys
from collections.abc import Iterator

from al_codemod import __version__

MATTERS = ("libcst", "arraylake", "icechunk", "zarr", "xarray", "dask")
_INFO = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.(?:dist|egg)-info")


def version_text() -> str:
    """The version of this tool, of its Python, and of the libraries beside it that migrated code runs on."""
    found = dict(_installed())
    beside = [f"{name} {found[name]}" for name in MATTERS if name in found]
    python = f"{sys.implementation.name} {'.'.join(map(str, sys.version_info[:3]))} on {sys.platform}"
    return f"al-codemod {__version__}\n{python}\n{', '.join(beside)}\n"


def _installed() -> Iterator[tuple[str, str]]:
    """Names and versions, the first on the search path last. Reading `importlib.metadata` takes longer than all else."""
    for directory in reversed(sys.path):
        try:
            names = os.listdir(directory or os.curdir)
        except OSError:
            continue
        for name in names:
            if name.endswith("-info") and (found := _INFO.fullmatch(name)):
                yield found["name"].lower(), found["version"]
