"""The project of the README: it migrates, one honest finding is left, and what comes out does what V1 did."""

import shutil
import sys
from pathlib import Path

import pytest
from fixtures_runtime.project import PROJECT, differences, execute

from al_codemod.outcome import ExitCode, RunOutcome
from al_codemod.run import run
from al_codemod.settings import Settings


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunOutcome]:
    """A migrated copy of the project."""
    tree = tmp_path_factory.mktemp("project") / "rain"
    shutil.copytree(PROJECT, tree)
    return tree, run([str(tree)], Settings(), jobs=1)


def test_one_finding_is_left(migrated: tuple[Path, RunOutcome]) -> None:
    _, outcome = migrated
    summary = outcome.summary
    assert (summary.files_changed, summary.manual, summary.failed) == (5, 1, 0)
    assert outcome.exit_code is ExitCode.WORK_LEFT
    (left,) = (f for file in outcome.files for f in file.findings if not f.fixed)
    assert left.code == "AL701"


def test_a_second_run_changes_nothing(migrated: tuple[Path, RunOutcome]) -> None:
    tree, _ = migrated
    again = run([str(tree)], Settings(), jobs=1)
    assert (again.summary.files_changed, again.summary.edits, again.summary.manual) == (0, 0, 1)


def test_it_does_what_v1_did(migrated: tuple[Path, RunOutcome]) -> None:
    tree, _ = migrated
    outcome, execution = execute("ice", sys.executable, tree)
    found = differences(outcome)
    assert not found, "\n".join([*found, execution.stderr])
