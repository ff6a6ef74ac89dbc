"""What holds for every program: random ones, the same in each run (`HYPOTHESIS_PROFILE=explore` looks for new ones)."""

import ast
import os

from hypothesis import HealthCheck, given, settings
from names import unbound
from programs import look_alikes, programs

from al_codemod.migrate import migrate
from al_codemod.settings import Settings

settings.register_profile(
    "fixed", derandomize=True, database=None, max_examples=30, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "explore", max_examples=3000, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@PROFILE
@given(programs())
def test_a_migration_parses_is_idempotent_and_binds_its_names(before: str) -> None:
    migration = migrate(before, Settings())
    ast.parse(migration.text)
    assert unbound(migration.text) <= unbound(before)
    again = migrate(migration.text, Settings())
    assert again.text == migration.text
    assert not [f for f in again.findings if f.fixed]
    assert migration.text == before or any(f.fixed for f in migration.findings)


@PROFILE
@given(programs())
def test_line_ends_and_indentation_make_no_difference(before: str) -> None:
    after = migrate(before, Settings()).text
    windows = migrate(before.replace("\n", "\r\n"), Settings()).text
    assert windows == after.replace("\n", "\r\n")
    if "\n    " in before:
        tabs = migrate(before.replace("    ", "\t"), Settings()).text
        assert tabs == after.replace("    ", "\t")


@PROFILE
@given(look_alikes())
def test_nothing_changes_without_evidence(before: str) -> None:
    ast.parse(before)
    migration = migrate(before, Settings(annotate=True))
    assert migration.text == before
    assert migration.findings == ()


@PROFILE
@given(programs())
def test_the_other_settings_are_as_careful(before: str) -> None:
    for options in (Settings(safe_only=True), Settings(annotate=True), Settings(empty_commits="raise", target="1")):
        migration = migrate(before, options)
        ast.parse(migration.text)
        assert unbound(migration.text) <= unbound(before)
        assert migrate(migration.text, options).text == migration.text
