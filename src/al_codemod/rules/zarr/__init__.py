"""Rules for zarr 2, and for xarray and dask where they write with it: on plain stores, and codecs everywhere."""

import importlib
from typing import Final

_MODULES: Final = (
    "stores",
    "openers",
    "methods",
    "encodings",
    "names",
    "arrays",
    "children",
    "external",
    "failing",
    "silent",
    "defaults",
)
"""In the order in which they run: what is silent is only spoken of where another rule has found something to change."""

for _name in _MODULES:
    importlib.import_module(f"{__name__}.{_name}")
