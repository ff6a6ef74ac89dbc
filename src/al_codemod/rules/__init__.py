"""The rules: one family a module, found by `load`."""

import importlib
import pkgutil
from functools import cache


@cache
def load() -> None:
    """Import every module of this package, so that its rules register themselves."""
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        importlib.import_module(f"{__name__}.{module}")
