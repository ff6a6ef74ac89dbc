"""Execute the project in `fixtures/project`, before or after its migration.

    python -m fixtures_runtime.project

(in `tests/`) runs it as it is on real Arraylake V1 and records what it leaves behind, in `fixtures/project_run`.
"""

import os
import shutil
import tempfile
from pathlib import Path

from al_oracle.processes import Cold, Run
from al_oracle.side import Side
from al_oracle.verdict import Outcome, Report

from fixtures_runtime import FIXTURES
from fixtures_runtime.record import load_outcome, save_outcome

PROJECT = FIXTURES / "project"
DRIVE = FIXTURES / "project_run" / "drive.py"
EXPECTED = FIXTURES / "project_run" / "expected.json"
LIMIT = 120.0


def execute(env: str, python: str, project: Path) -> tuple[Outcome, Run]:
    """What a project leaves behind that `drive.py` is run in, on V1 (`env` v1) or Icechunk (`env` ice)."""
    with tempfile.TemporaryDirectory(prefix="al-codemod-", ignore_cleanup_errors=True) as root:
        side = Side(env, Path(root), Cold(python), Cold(python))
        shutil.copytree(project, side.work)
        script = shutil.copy(DRIVE, side.work)
        run = side.execute(Path(script), [], LIMIT)
        return side.outcome(run, LIMIT), run


def differences(outcome: Outcome) -> list[str]:
    """How an outcome differs from that on V1."""
    return Report(set()).compare(load_outcome(EXPECTED), outcome).differences


if __name__ == "__main__":
    envs = Path(os.environ.get("ORACLE_ENVS", "~/.cache/oracle-envs")).expanduser()
    outcome, run = execute("v1", str(envs / "v1" / "bin" / "python"), PROJECT)
    print(run.stdout, run.stderr)
    if not run.failed:
        save_outcome(EXPECTED, outcome)
