"""Run Python programs in another environment: each in a fresh interpreter, or forked from one that is warm."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .layout import LIB

ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Warning|Exit|Interrupt)\b")


class OracleError(Exception):
    """The harness failed, so there is no verdict."""


@dataclass(frozen=True)
class Run:
    """What one program did."""

    code: int | None  # None: it ran into the time limit
    stdout: str
    stderr: str
    seconds: float

    @property
    def failed(self) -> bool:
        return self.code != 0

    @property
    def last_words(self) -> str:
        """The line of stderr that says why it failed."""
        if self.code is None:
            return f"time limit reached after {self.seconds:.0f} s"
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return ([line for line in lines if ERROR_LINE.match(line)] or lines or ["(no message)"])[-1]


class Interpreter(Protocol):
    """Something that runs `python argv...`."""

    def run(self, argv: list[str], cwd: Path, env: Mapping[str, str], limit: float) -> Run: ...


@dataclass(frozen=True)
class Cold:
    """A new interpreter for each program, as users have it."""

    python: str

    def run(self, argv: list[str], cwd: Path, env: Mapping[str, str], limit: float) -> Run:
        start = time.monotonic()
        with subprocess.Popen(
            [self.python, *argv],
            cwd=cwd,
            env=env,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            code: int | None
            try:
                out, err = process.communicate(timeout=limit)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                (out, err), code = process.communicate(), None
        return Run(code, out, err, time.monotonic() - start)

    def close(self) -> None:
        """There is nothing to close."""


class Server:
    """A process with the slow libraries in memory that runs one program after another (see `warm.py`).

    With `fork`, each program gets a process of its own, forked from the server, so nothing leaks from one to the
    next, but starts in a tenth of the time. Without, all run inside the server: faster still, but only for programs
    of our own.
    """

    def __init__(self, python: str, fork: bool) -> None:
        self.python = python
        self.fork = fork
        self._process: subprocess.Popen[str] | None = None

    def run(self, argv: list[str], cwd: Path, env: Mapping[str, str], limit: float) -> Run:
        if argv[0].startswith("-"):
            return Cold(self.python).run(argv, cwd, env, limit)
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="oracle-") as folder:
            out, err = Path(folder, "stdout"), Path(folder, "stderr")
            job = {
                "argv": argv,
                "cwd": str(cwd),
                "env": dict(env),
                "limit": limit,
                "stdout": str(out),
                "stderr": str(err),
            }
            code = self._ask(job)
            texts = [path.read_text(encoding="utf-8", errors="replace") if path.exists() else "" for path in (out, err)]
        return Run(code, *texts, time.monotonic() - start)

    def _ask(self, job: dict[str, object]) -> int | None:
        server = self._started()
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            answer = server.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.close()
            raise OracleError(f"{self.python} died while it ran {job['argv']}")
        code: int | None = json.loads(answer)
        return code

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None:
            # In the server itself the hook must stay away, and hashes must be those of a cold run.
            env = {k: v for k, v in os.environ.items() if not k.startswith("AL_ORACLE")} | {
                "PYTHONPATH": os.pathsep.join([str(LIB), *filter(None, [os.environ.get("PYTHONPATH")])]),
                "PYTHONHASHSEED": "0",
                "PYTHONDONTWRITEBYTECODE": "1",
            }
            command = [self.python, "-m", "al_oracle.warm", *(["--fork"] if self.fork else [])]
            self._process = subprocess.Popen(command, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._process

    def close(self) -> None:
        if self._process:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
            self._process = None


def quick(python: str) -> Cold | Server:
    """The quickest reliable way to run many scripts: forking is only reliable on Linux."""
    return Server(python, fork=True) if sys.platform == "linux" else Cold(python)
