"""Every fixture: the codemod makes `after` of `before`, nothing more of that, and it does what V1 did."""

import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from fixtures_runtime.fixture import Fixture, all_fixtures
from fixtures_runtime.runtime import Runtime, differences
from fixtures_runtime.sources import migrate_sources, read_sources

FIXTURES = all_fixtures()
ACCEPTED = [fixture for fixture in FIXTURES if fixture.after.exists()]


def each(fixtures: list[Fixture]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fixture", fixtures, ids=lambda fixture: fixture.name)


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """Icechunk as it is installed for these tests."""
    with Runtime("ice", sys.executable) as runtime:
        yield runtime


def test_all_are_accepted() -> None:
    names = [fixture.name for fixture in FIXTURES if fixture not in ACCEPTED]
    assert not names, "try python tests/accept.py"


@each(ACCEPTED)
def test_migration(fixture: Fixture) -> None:
    migration = migrate_sources(fixture.before.name, read_sources(fixture.before))
    assert migration.sources == read_sources(fixture.after)
    assert migration.is_flagged or not fixture.manual


@each(ACCEPTED)
def test_second_migration_changes_nothing(fixture: Fixture) -> None:
    after = read_sources(fixture.after)
    migration = migrate_sources(fixture.after.name, after)
    assert migration.sources == after
    assert not [finding for finding in migration.findings if finding.fixed]


@each(ACCEPTED)
def test_second_migration_leaves_nothing_more(fixture: Fixture) -> None:
    """What is left open in the migrated code was left open before."""
    first, second = (migrate_sources(path.name, read_sources(path)) for path in (fixture.before, fixture.after))
    left, again = (Counter(f.code for f in m.findings if not f.fixed) for m in (first, second))
    assert not again - left


@each([fixture for fixture in ACCEPTED if fixture.is_project])
def test_the_order_of_files_does_not_matter(fixture: Fixture) -> None:
    before = read_sources(fixture.before)
    assert migrate_sources("before", before, backwards=True) == migrate_sources("before", before)


@each([fixture for fixture in ACCEPTED if not fixture.manual])
def test_execution(fixture: Fixture, runtime: Runtime) -> None:
    if fixture.icechunk and fixture.icechunk != int(version("icechunk").split(".")[0]):
        pytest.skip(f"for Icechunk {fixture.icechunk} only")
    result = runtime.after(fixture, fixture.after, fixture.seed)
    found = differences(fixture, fixture.expected, result.outcome)
    assert not found, "\n".join([*found, result.stderr])
