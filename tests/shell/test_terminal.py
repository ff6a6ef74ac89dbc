"""On a terminal: colours and the progress bar; anywhere: nothing that a terminal only understands."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from al_codemod.cli import progress
from al_codemod.cli.terminal import wants_color

from .conftest import OLD, Cli

ESCAPE = "\x1b["


@pytest.mark.parametrize(
    ("choice", "environment", "wanted"),
    [
        ("auto", {}, None),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, None),
        ("auto", {"FORCE_COLOR": "1"}, True),
        ("auto", {"FORCE_COLOR": "0"}, None),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
    ],
)
def test_who_decides_about_colours(choice: str, environment: dict[str, str], wanted: bool | None) -> None:
    assert wants_color(choice, environment) is wanted


@pytest.mark.parametrize("options", [[], ["--diff"]])
def test_colours_in_a_pipe_only_when_asked_for(project: Path, cli: Cli, options: list[str]) -> None:
    (project / "a.py").write_text(OLD)
    assert ESCAPE not in cli(".", "--check", *options).output
    assert ESCAPE in cli(".", "--check", *options, "--color", "always").output


def test_colours_of_the_environment(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "a.py").write_text(OLD)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert ESCAPE in cli(".", "--diff").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in cli(".", "--diff").stdout


def in_terminal(*arguments: str, cwd: Path) -> str:
    """What the command shows on a terminal that is both its stdout and its stderr."""
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")} | {
        "TERM": "xterm-256color"
    }
    command = [
        sys.executable,
        "-c",
        "import sys; from al_codemod.cli import progress, main; progress.PATIENCE = 0; main()",
    ]
    process = subprocess.Popen([*command, *arguments], cwd=cwd, env=environment, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and select.select([ours], [], [], 30)[0]:
        try:
            data = os.read(ours, 4096)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        shown += data
    process.wait(timeout=30)
    os.close(ours)
    return shown.decode()


def test_a_progress_bar_on_a_terminal_that_leaves_nothing_behind(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.py").write_text('from arraylake import Client\n\nClient().get_repo("a/b").commit("c")\n')
    shown = in_terminal(".", "--check", cwd=tmp_path)
    assert re.search(r"Migrating .*/5", shown)
    last = shown.splitlines()[-1]
    assert "5 files scanned" in last
    assert "\x1b[?25h" in shown, "the cursor is shown again"


def test_quiet_is_quiet_on_a_terminal_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import arraylake\n")
    assert in_terminal(".", "--check", "--quiet", cwd=tmp_path) == ""


def test_no_progress_in_a_pipe(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    for number in range(3):
        (project / f"{number}.py").write_text(OLD)
    assert cli(".").stderr == ""


@pytest.mark.parametrize("name", ["full", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_a_c_locale(tmp_path: Path, name: str) -> None:
    """No name and no code stops a report, whatever the terminal can show."""
    (tmp_path / "caf\u00e9.py").write_text(
        "import arraylake\n'\u2603'; arraylake.Client().get_repo('\u2603').filter_metadata('')\n"
    )
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-m", "al_codemod", ".", "--check", "--output-format", name, "--report", "r.html"]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True)
    assert done.returncode == 1, done.stderr
    assert b"Traceback" not in done.stderr
    assert "\u2603" in (tmp_path / "r.html").read_text(encoding="utf-8")
