"""Start a script (or notebook) under the oracle: `python v1_runtime.py STATE_DIR script.py [args]`.

The launcher only prepares the environment and then becomes the script, so that `__main__`, tracebacks
and `multiprocessing` behave exactly as in `python script.py`.
"""

import os
import sys
from pathlib import Path

from .layout import ENV_VAR, LIB, STATE_VAR


def environment(env: str, state: Path) -> dict[str, str]:
    paths = [str(LIB), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {
        STATE_VAR: str(state),
        ENV_VAR: env,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "ARRAYLAKE_CONFIG": str(state / "config"),  # keep it out of the home directory
        "IPYTHONDIR": str(state / "config"),
        "TZ": "UTC",
        "COLUMNS": "120",
        "MPLBACKEND": "agg",
        "ICECHUNK_LOG": "error",  # it warns that local disk is no place for concurrent commits
    }


def command(script: str, args: list[str]) -> list[str]:
    """The arguments of Python that run a script or notebook."""
    return [*([str(LIB / "al_oracle" / "notebook.py")] if script.endswith(".ipynb") else []), script, *args]


def main(env: str, argv: list[str]) -> None:
    if len(argv) < 2:
        sys.exit(f"usage: python {env}_runtime.py STATE_DIR script.py|notebook.ipynb [args...]")
    state, script, *args = argv
    state = Path(state).resolve()
    state.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *command(script, args)], environment(env, state))
