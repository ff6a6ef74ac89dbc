"""The safety of the tree: work that git does not have yet, and runs that are stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from al_codemod import write as writing
from al_codemod.outcome import FileOutcome, summarize
from al_codemod.source import files, worktree
from al_codemod.source.worktree import uncommitted
from al_codemod.write import Interrupted, write_files

from .conftest import NEW, OLD, Cli, git


@pytest.fixture
def tree(project: Path) -> Path:
    """A work tree with two files to migrate and one that has nothing to do with it, all committed."""
    git("init", "-q")
    (project / "a.py").write_text(OLD)
    (project / "sub").mkdir()
    (project / "sub" / "b.py").write_text(OLD)
    (project / "other.py").write_text("x = 1\n")
    git("add", ".")
    git("commit", "-q", "-m", "before")
    return project


def dirty(path: Path) -> None:
    path.write_text(path.read_text() + "# mine\n")


def is_migrated(tree: Path) -> list[bool]:
    return ["NEW" in (tree / name).read_text() for name in ("a.py", "sub/b.py")]


def test_a_clean_tree(tree: Path, cli: Cli) -> None:
    assert cli(".").exit_code == 0
    assert is_migrated(tree) == [True, True]


def test_one_dirty_file_keeps_all_as_they_are(tree: Path, cli: Cli) -> None:
    dirty(tree / "a.py")
    result = cli(".")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "error: 1 of the 2 files to be changed has changes that git does not have yet:",
        "  a.py",
        "Nothing was written. Commit or `git add` them, so that `git diff` shows the migration alone,",
        "look at it with --diff, or pass --allow-dirty.",
    ]
    assert is_migrated(tree) == [False, False]


@pytest.mark.parametrize(
    ("options", "code"),
    [(["--allow-dirty"], 0), (["--check"], 1), (["--diff"], 1), (["--check", "--output-format", "json"], 1)],
)
def test_who_may_look_at_a_dirty_tree(tree: Path, cli: Cli, options: list[str], code: int) -> None:
    dirty(tree / "a.py")
    assert cli(".", *options).exit_code == code


def test_pre_commit_has_its_own_way_with_it(tree: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    dirty(tree / "a.py")
    monkeypatch.setenv("PRE_COMMIT", "1")
    assert cli(".").exit_code == 0


def test_the_question_comes_before_the_questions(tree: Path, cli: Cli) -> None:
    dirty(tree / "a.py")
    result = cli(".", "-i", input="a\n")
    assert (result.exit_code, result.stdout) == (2, "")


def test_only_the_files_that_would_change_count(tree: Path, cli: Cli) -> None:
    dirty(tree / "other.py")
    assert cli(".").exit_code == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda tree: None, [], id="clean"),
        pytest.param(lambda tree: dirty(tree / "a.py"), ["a.py"], id="modified"),
        pytest.param(lambda tree: (dirty(tree / "a.py"), git("add", ".")), [], id="staged"),
        pytest.param(
            lambda tree: (dirty(tree / "a.py"), git("add", "."), dirty(tree / "a.py")),
            ["a.py"],
            id="staged and modified",
        ),
        pytest.param(lambda tree: git("rm", "-q", "--cached", "a.py"), ["a.py"], id="not tracked"),
        pytest.param(lambda tree: (tree / "sub" / "b.py").chmod(0o755), ["sub/b.py"], id="another mode"),
        pytest.param(
            lambda tree: (git("rm", "-q", "--cached", "a.py"), (tree / ".gitignore").write_text("a.py\n")),
            [],
            id="ignored",
        ),
        pytest.param(lambda tree: git("init", "-q", "sub"), ["sub/b.py"], id="in a work tree of its own"),
    ],
)
@pytest.mark.parametrize("many", [0, 200])
def test_what_is_uncommitted(
    tree: Path, change, expected: list[str], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktree, "MANY", many)
    change(tree)
    assert uncommitted(["a.py", "sub/b.py"]) == expected


def test_a_link_is_what_it_points_to(tree: Path) -> None:
    (tree / "link.py").symlink_to("a.py")
    dirty(tree / "a.py")
    assert uncommitted(["link.py", "sub/b.py"]) == ["link.py"]


def test_odd_names(tree: Path) -> None:
    for name in ("*.py", "caf\u00e9 x.py", ":(top)a.py"):
        (tree / name).write_text(OLD)
    assert uncommitted(["*.py", "a.py", "caf\u00e9 x.py", ":(top)a.py"]) == ["*.py", "caf\u00e9 x.py", ":(top)a.py"]


def test_outside_of_git_and_without_it(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside.py").write_text(OLD)
    assert uncommitted([str(tmp_path / "outside.py")]) == []
    dirty(tree / "a.py")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert uncommitted(["a.py"]) == []


def test_git_that_does_not_answer_stops_the_run(tree: Path, cli: Cli) -> None:
    (tree / ".git" / "HEAD").write_text("nonsense")
    result = cli(".")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: git does not say what is committed: fatal: ")
    assert is_migrated(tree) == [False, False]


@pytest.mark.parametrize("stop_at", [0, 1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupted_run_says_which_files_are_migrated(
    project: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int, when: str
) -> None:
    """Stopped right before, or right after, a file takes its new name."""
    names = [f"{number}.py" for number in range(4)]
    for name in names:
        (project / name).write_bytes(b"old")
    count = 0
    replace = os.replace

    def interrupted(source: str, target: str) -> None:
        nonlocal count
        count += 1
        if count - 1 == stop_at and when == "before":
            raise KeyboardInterrupt
        replace(source, target)
        if count - 1 == stop_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupted)
    outcome = summarize([FileOutcome(name, changed=True, old=b"old", new=b"new") for name in names], 4, writes=False)
    with pytest.raises(Interrupted) as caught:
        write_files(outcome)
    done = stop_at + (when == "after")
    assert (caught.value.written, caught.value.left) == (names[:done], names[done:])
    assert [(project / name).read_bytes() for name in names] == [b"new"] * done + [b"old"] * (4 - done)
    assert sorted(os.listdir(project)) == names


def test_the_command_says_it(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.py"):
        (project / name).write_text(OLD)
    replace_file = writing.replace_file

    def stop_after_one(path: str, old: bytes, new: bytes) -> None:
        replace_file(path, old, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "replace_file", stop_after_one)
    result = cli(".")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.splitlines()[-2:] == ["  migrated a.py", "  as it was b.py"]
    assert [(project / name).read_text() for name in ("a.py", "b.py")] == [NEW, OLD]


def test_ctrl_c_in_the_middle_of_the_analysis_writes_nothing(tmp_path: Path) -> None:
    """A real process, real worker processes, and a real signal to all of them, as the terminal sends it."""
    source = (Path(__file__).parent.parent.parent / "fixtures/project/rainwatch/ingest.py").read_text()
    for number in range(3000):  # far more than can be looked at until the signal comes
        (tmp_path / f"f{number:04}.py").write_text(source)
    process = subprocess.Popen(
        [sys.executable, "-m", "al_codemod", "--jobs", "2", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    time.sleep(2)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, ""), stderr
    assert "interrupted: nothing was written" in stderr
    assert "Traceback" not in stderr
    assert {path.read_text() for path in tmp_path.iterdir()} == {source}
