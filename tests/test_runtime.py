"""The server that executes fixtures: each script is on its own there, however it ends."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fixtures_runtime.runtime import Run, quick

Execute = Callable[..., Run]


@pytest.fixture(scope="module")
def interpreter() -> Iterator[object]:
    interpreter = quick(sys.executable)
    yield interpreter
    interpreter.close()


@pytest.fixture
def execute(interpreter: object, tmp_path: Path) -> Execute:
    """Run a script's source and return what it did."""

    def execute(source: str, limit: float = 20, **env: str) -> Run:
        script = tmp_path / "script.py"
        script.write_text(source)
        return interpreter.run([str(script), "argument"], tmp_path, os.environ | env, limit)

    return execute


def test_a_script_sees_its_own_place(execute: Execute, tmp_path: Path) -> None:
    run = execute("import os, sys; print(__name__, sys.argv[1:], os.getcwd(), os.environ['MINE'])", MINE="set")
    assert run.code == 0
    assert run.stdout.split() == ["__main__", "['argument']", str(tmp_path), "set"]


def test_nothing_leaks_from_one_script_to_the_next(execute: Execute) -> None:
    assert (
        execute("import os, sys, numpy; os.environ['X'] = '1'; numpy.leak = sys.leak = True; os.chdir('/')").code == 0
    )
    run = execute("import os, sys, numpy; print('X' in os.environ, hasattr(numpy, 'leak'), hasattr(sys, 'leak'))")
    assert run.stdout.split() == ["False"] * 3


@pytest.mark.parametrize(
    ("source", "code", "last_words"),
    [
        pytest.param("raise SystemExit(3)", 3, "(no message)", id="exit status"),
        pytest.param("import os; os.abort()", -6, None, id="crash"),
        pytest.param("1 / 0", 1, "ZeroDivisionError: division by zero", id="exception"),
        pytest.param("oops(", 1, "SyntaxError: '(' was never closed", id="syntax error"),
    ],
)
def test_failures(execute: Execute, source: str, code: int, last_words: str | None) -> None:
    run = execute(source)
    assert run.code == code
    assert last_words is None or run.last_words == last_words
    assert execute("print('alive')").stdout == "alive\n"


def test_time_limit(execute: Execute) -> None:
    run = execute("import time; print('started', flush=True); time.sleep(60)", limit=1)
    assert (run.code, run.stdout) == (None, "started\n")
    assert "script.py" in run.stderr, "the traceback says where it hung"
    assert run.seconds < 10


def test_exit_handlers_run(execute: Execute) -> None:
    source = "import atexit, threading; atexit.register(print, 'exit'); threading.Timer(0.1, print, ['thread']).start()"
    assert execute(source).stdout == "thread\nexit\n"


def test_spawned_processes(execute: Execute) -> None:
    source = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def double(n):
    return 2 * n

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        print(list(pool.map(double, [1, 2])))
"""
    assert execute(source).stdout == "[2, 4]\n"
