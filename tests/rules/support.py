"""What tests of rules share."""

import re
from textwrap import dedent

from al_codemod.finding import Migration
from al_codemod.migrate import migrate, migrate_program
from al_codemod.semantics.modules import Module
from al_codemod.settings import Settings


def migrated(code: str) -> Migration:
    """The migration of some code; a second one has nothing more to do."""
    migration = migrate(dedented(code), Settings())
    compile(migration.text, "migrated.py", "exec")
    again = migrate(migration.text, Settings())
    assert again.text == migration.text, "a second migration changes something"
    return migration


def migrated_example(text: str) -> tuple[str, set[str]]:
    """What becomes of an example of a rule, and the codes of its findings. A line `# --- name.py` begins a file."""
    names = re.findall(r"^# --- (.+)$", text, re.MULTILINE) or [""]
    texts = re.split(r"^# --- .+\n", text, flags=re.MULTILINE)
    modules = [Module.parse(t, f"/{n}") for n, t in zip(names, texts[-len(names) :], strict=True)]
    migrations = migrate_program(modules, Settings())
    again = [Module.parse(m.text, module.path) for m, module in zip(migrations, modules, strict=True)]
    assert [m.text for m in migrate_program(again, Settings())] == [m.text for m in migrations]
    headers = [f"# --- {name}\n" if name else "" for name in names]
    result = "".join(header + migration.text for header, migration in zip(headers, migrations, strict=True))
    return result, {f.code for migration in migrations for f in migration.findings}


def dedented(code: str) -> str:
    return dedent(code).lstrip("\n")
