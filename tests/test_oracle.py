"""Every fixture once more, against real Arraylake V1: `python -m pytest -m oracle`.

Needs two more environments, which it makes when they are missing (see `oracle/README.md`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_runtime import ORACLE
from fixtures_runtime.fixture import Fixture, all_fixtures

ENVS = Path(os.environ.get("ORACLE_ENVS", "~/.cache/oracle-envs")).expanduser()
FIXTURES = [fixture for fixture in all_fixtures() if fixture.after.exists() and not fixture.manual]

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="session")
def environments() -> Path:
    """The folder of both environments."""
    if not all((ENVS / env / "bin" / "python").exists() for env in ("v1", "ice")):
        subprocess.run(["sh", str(ORACLE / "envs.sh")], check=True)
    return ENVS


def run(*command: str | Path) -> None:
    """Run a program that has to succeed; what it says is the reason when it does not."""
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True, cwd=ORACLE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_fixture_is_equal_to_v1(fixture: Fixture, environments: Path) -> None:
    run(sys.executable, "compare.py", *fixture.oracle_arguments)


def test_the_emulated_v1_service(environments: Path) -> None:
    run(environments / "v1" / "bin" / "python", "-m", "unittest", "discover", "-s", "tests")


@pytest.mark.parametrize("case", sorted(path.name for path in (ORACLE / "cases").iterdir()))
def test_the_oracle_on_its_own_cases(case: str, environments: Path) -> None:
    run(sys.executable, "run_cases.py", case)
