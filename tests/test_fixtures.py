"""Every fixture: the codemod makes `after.py` of `before.py`, nothing more of that, and it does what V1 did."""

import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from fixtures_runtime.fixture import Fixture, all_fixtures
from fixtures_runtime.migration import migrated
from fixtures_runtime.runtime import Runtime, differences

from al_codemod.finding import Applicability

FIXTURES = all_fixtures()
EXECUTED = [fixture for fixture in FIXTURES if not fixture.manual]

each_fixture = pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
each_executed_fixture = pytest.mark.parametrize("fixture", EXECUTED, ids=lambda fixture: fixture.name)


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """Icechunk as it is installed for these tests."""
    with Runtime("ice", sys.executable) as runtime:
        yield runtime


def after(fixture: Fixture) -> bytes:
    assert fixture.after.exists(), f"not accepted yet: python tests/accept.py {fixture.name}"
    return fixture.after.read_bytes()


@each_fixture
def test_migration(fixture: Fixture) -> None:
    migration = migrated(fixture.before, fixture.before.read_bytes())
    assert migration.data == after(fixture)
    if fixture.manual:
        assert any(finding.applicability is Applicability.MANUAL for finding in migration.findings)


@each_fixture
def test_second_migration_changes_nothing(fixture: Fixture) -> None:
    migration = migrated(fixture.after, after(fixture))
    assert migration.data == after(fixture)
    assert not [finding for finding in migration.findings if finding.fixed]


@each_executed_fixture
def test_execution(fixture: Fixture, runtime: Runtime) -> None:
    if fixture.icechunk and fixture.icechunk != int(version("icechunk").split(".")[0]):
        pytest.skip(f"for Icechunk {fixture.icechunk} only")
    after(fixture)
    result = runtime.after(fixture, fixture.after, fixture.seed)
    found = differences(fixture, fixture.expected, result.outcome)
    assert not found, "\n".join([*found, result.stderr])
