"""The process behind `processes.Server`: `python -m al_oracle.warm [--fork]`.

Reads one job a line from stdin, runs it and answers with the exit status (null: time limit reached).

With --fork it forks itself for each job. The child *returns* from the server loop and ends as an ordinary program does:
with its threads joined and its exit handlers run. Only libraries without threads are imported before the fork. Icechunk
starts threads on import, and arraylake reads its configuration then, so both are left to the child.

Without, jobs run in this process; one that runs into its limit ends it.
"""

import faulthandler
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from types import CodeType, ModuleType
from typing import IO, Any

from . import hook

SLOW_IMPORTS = [
    "numpy",
    "pandas",
    "xarray",
    "zarr",
    "dask.array",
    "scipy",
    "netCDF4",
    "httpx",
    "pydantic",
    "email_validator",
    "rich.console",
    "ruamel.yaml",
    "structlog",
    "typer",
    "yaml",
    # for notebooks
    "IPython.core.interactiveshell",
    # below arraylake 0.14 only
    "aiobotocore.session",
    "aiohttp",
    "cachetools",
    "fsspec",
]


Job = dict[str, Any]


def jobs(requests: IO[str]) -> Iterator[Job]:
    for line in requests:
        yield json.loads(line)


def serve_forking(requests: IO[str], answers: IO[str]) -> Job | None:
    """In the server: loop until the client is gone, then None. In a child: the job that it is for."""
    gc.collect()
    gc.freeze()  # or the children's collections would copy all of it
    for job in jobs(requests):
        pid = os.fork()
        if pid == 0:
            requests.close()
            answers.close()
            return job
        answer(answers, await_child(pid, job["limit"]))
    return None


def answer(answers: IO[str], code: int | None) -> None:
    answers.write(json.dumps(code) + "\n")
    answers.flush()


def await_child(pid: int, limit: float) -> int | None:
    """The child's exit status, or None after the limit; either way nothing of its process group is left."""
    deadline = time.monotonic() + limit
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.002)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    if ended == (0, 0):
        os.waitpid(pid, 0)
        return None
    return os.waitstatus_to_exitcode(ended[1])


def serve_resident(requests: IO[str], answers: IO[str]) -> None:
    for job in jobs(requests):
        faulthandler.dump_traceback_later(job["limit"], exit=True)
        try:
            code, namespace = become(job)
            exec(code, namespace)
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        faulthandler.cancel_dump_traceback_later()
        answer(answers, status)


def become(job: Job) -> tuple[CodeType, dict[str, Any]]:
    """Make this process what `python argv...` would be; returns its code and globals."""
    redirect(0, os.devnull, os.O_RDONLY)
    redirect(1, job["stdout"], os.O_WRONLY | os.O_CREAT)
    redirect(2, job["stderr"], os.O_WRONLY | os.O_CREAT)
    os.environ.clear()
    os.environ.update(job["env"])
    if hasattr(time, "tzset"):
        time.tzset()
    os.chdir(job["cwd"])
    script = job["argv"][0]
    sys.argv[:] = job["argv"]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    hook.install()
    main = ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    with open(script, "rb") as source:
        return compile(source.read(), script, "exec"), vars(main)


def redirect(number: int, path: str, flags: int) -> None:
    opened = os.open(path, flags, 0o600)
    os.dup2(opened, number)
    os.close(opened)


def main() -> None:
    requests, answers = os.fdopen(os.dup(0), "r", encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    for name in SLOW_IMPORTS:
        with suppress(ImportError):
            import_module(name)
    if "--fork" not in sys.argv:
        serve_resident(requests, answers)
    elif job := serve_forking(requests, answers):
        os.setsid()
        faulthandler.dump_traceback_later(job["limit"] * 0.9)  # a hang says where it hangs
        exec(*become(job))


if __name__ == "__main__":
    main()
