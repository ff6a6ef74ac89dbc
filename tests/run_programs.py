"""Run programs, each in a fork of this process and in a directory of its own; what they printed is written as JSON.

PYTHON tests/run_programs.py < list of paths as JSON

Nothing but the standard library is needed, so that any Python can do it, and what is slow to import is imported once.
"""

import contextlib
import json
import os
import runpy
import signal
import sys
import tempfile
import warnings
from pathlib import Path

LIMIT = 30
SLOW = ("numpy", "zarr", "xarray", "dask.array")


def run(program: str) -> dict[str, object]:
    """The status of a program, what it printed, and what it complained about."""
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory, "out"), Path(directory, "err")
        child = os.fork()
        if not child:
            become(program, directory, out, err)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return {"code": code, "stdout": out.read_text(), "stderr": err.read_text()}


def become(program: str, directory: str, out: Path, err: Path) -> None:
    """Be that program, and nothing else."""
    signal.alarm(LIMIT)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    work = Path(directory, "work")
    work.mkdir()
    os.chdir(work)
    warnings.simplefilter("ignore")
    sys.argv = [program]
    code = 1
    try:
        runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    programs = json.load(sys.stdin)
    for name in SLOW:
        with contextlib.suppress(ImportError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            __import__(name)
    json.dump({program: run(program) for program in programs}, sys.stdout)
