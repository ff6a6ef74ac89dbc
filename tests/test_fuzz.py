"""Random V1 programs, a fixed few of them: migrated, they do on Icechunk what they did on real V1.

`python tests/fuzz.py --seeds 0:2000` tries many more on both; `--record` chooses these anew and records what V1 does.
"""

import json
import sys
from collections.abc import Iterator

import pytest
from fixtures_runtime.sources import migrate_sources
from fixtures_runtime.warm import Outcome, Warm, difference
from v1_programs import RECORD, digest, generate

RECORDED = json.loads(RECORD.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def icechunk() -> Iterator[Warm]:
    """Icechunk as it is installed for these tests."""
    warm = Warm("ice", sys.executable)
    yield warm
    warm.close()


@pytest.mark.parametrize("seed", RECORDED, ids=lambda seed: f"seed {seed}")
def test_random_program(seed: str, icechunk: Warm) -> None:
    before, record = generate(int(seed)), RECORDED[seed]
    assert digest(before) == record["program"], "the generator has changed: python tests/fuzz.py --record"
    migration = migrate_sources("program.py", before)
    assert not migration.is_unfinished
    assert migrate_sources("program.py", migration.sources).sources == migration.sources
    outcome, stderr = icechunk.run(migration.sources)
    found = difference(Outcome(**record["outcome"]), outcome)
    assert not found, "\n".join([*found, stderr])
