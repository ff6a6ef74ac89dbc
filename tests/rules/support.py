"""What tests of rules share."""

from textwrap import dedent

from al_codemod.finding import Migration
from al_codemod.migrate import migrate
from al_codemod.settings import Settings


def migrated(code: str) -> Migration:
    """The migration of some code; a second one has nothing more to do."""
    migration = migrate(dedented(code), Settings())
    compile(migration.text, "migrated.py", "exec")
    again = migrate(migration.text, Settings())
    assert again.text == migration.text, "a second migration changes something"
    return migration


def dedented(code: str) -> str:
    return dedent(code).lstrip("\n")
