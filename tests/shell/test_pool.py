"""Worker processes do the real migration: the stand-in of the other tests does not reach them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from al_codemod import pool
from al_codemod.outcome import FileOutcome
from al_codemod.run import Analysis, run
from al_codemod.settings import Settings
from al_codemod.source.project import Group

from .conftest import REAL

FILLER = "x = 1\n" * 5_000


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for number in range(12):
        text = "import arraylake as (\n" if number % 4 == 0 else "# arraylake\n" + FILLER
        (tmp_path / f"f{number:02}.py").write_text(text)
    return tmp_path


def test_many_processes_report_as_one_does(tree: Path) -> None:
    assert run(["."], Settings(), jobs=3) == run(["."], Settings(), jobs=1)


def test_what_is_declined_reaches_the_processes(tree: Path) -> None:
    (tree / "v1.py").write_text(REAL + FILLER)
    analysis = Analysis(["."], Settings(), jobs=3)
    first = analysis.outcome()
    (file,) = (file for file in first.files if file.path == "v1.py")
    declined = {file.path: frozenset((finding.code, finding.span) for finding in file.findings if finding.fixed)}
    assert (first.summary.edits, analysis.outcome(declined).summary.edits) == (6, 0)


def test_the_pool_is_used_and_the_largest_comes_first(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted: list[str] = []

    def submit(groups: Sequence[Group], job: object, workers: int) -> Iterator[FileOutcome]:
        submitted.extend(path for group in groups for path in group.paths)
        return iter(())

    monkeypatch.setattr(pool, "_in_processes", submit)
    (tree / "large.py").write_text("# arraylake\n" + FILLER * 2)
    run(["."], Settings(), jobs=2)
    assert (len(submitted), submitted[0]) == (13, "large.py")


def test_little_work_is_done_here(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_in_processes", None)
    assert run(["f00.py", "f01.py"], Settings(), jobs=2).summary.failed == 1


def test_a_worker_that_dies_is_an_error_of_its_files(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_leave_interrupts_to_the_parent", _die)
    outcome = run(["."], Settings(), jobs=2)
    assert outcome.summary.failed == 12
    assert outcome.files[0].error == "f00.py:1:1: not done: a worker process ended abruptly"


def _die() -> None:
    os._exit(1)
