"""Patch `arraylake.client` as it is imported, in whichever process that happens.

The patch is applied lazily: most child processes (resource trackers, nannies) never import arraylake.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

from .layout import ENV_VAR

TARGET = "arraylake.client"


class PatchOnImport:
    """A meta path finder that hands TARGET to the ordinary machinery, then patches the result."""

    def __init__(self, patch_module: str):
        self.patch_module = patch_module

    def find_spec(self, name, path=None, target=None):
        if name != TARGET:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            import_module(self.patch_module).patch(module)

        spec.loader.exec_module = exec_module
        return spec


def install() -> None:
    env = os.environ.get(ENV_VAR)
    if env and TARGET not in sys.modules:
        sys.meta_path.insert(0, PatchOnImport(f"al_oracle.{env}"))
