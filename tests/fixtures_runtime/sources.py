"""The sources of a fixture: a file or a whole tree, read, written and migrated alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from al_codemod.documents.document import is_document
from al_codemod.finding import Applicability, Finding
from al_codemod.run import run
from al_codemod.settings import Settings
from fixtures_runtime.fixture import all_fixtures
from fixtures_runtime.migration import migrated

Sources = dict[str, bytes]
"""What files hold, by path below the tree; that of a single file is empty."""

SILENT = "AL466"
"""The code of findings about code that runs on zarr 3 and may mean something else there."""


@dataclass(frozen=True)
class Migrated:
    """What the migration of some sources comes to."""

    sources: Sources
    findings: tuple[Finding, ...]

    @property
    def is_flagged(self) -> bool:
        """Whether something is left to a person."""
        return bool(self._manual)

    @property
    def is_unfinished(self) -> bool:
        """Whether a person has to do something before the program runs: not only to look at what zarr 3 does otherwise."""
        return bool(self._manual - {SILENT})

    @property
    def _manual(self) -> set[str]:
        return {finding.code for finding in self.findings if finding.applicability is Applicability.MANUAL}


def read_sources(path: Path) -> Sources:
    """What a file holds, or all files in a tree."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return {
        file.relative_to(path).as_posix() if file != path else "": file.read_bytes()
        for file in files
        if "__pycache__" not in file.parts
    }


def write_sources(path: Path, sources: Sources) -> None:
    """The reverse of `read_sources`."""
    for name, data in sources.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def migrate_sources(name: str, sources: Sources, *, backwards: bool = False) -> Migrated:
    """Migrate a file of that name, or a copy of a tree; with `backwards`, its modules are named from last to first."""
    if "" in sources:
        migration = migrated(Path(name), sources[""])
        return Migrated({"": migration.data}, migration.findings)
    with TemporaryDirectory(prefix="al-codemod-") as folder:
        tree = Path(folder, "tree")
        write_sources(tree, sources)
        modules = [str(tree / name) for name in sources if name.endswith(".py")]
        outcome = run(modules[::-1] if backwards else [str(tree)], Settings(), jobs=1)
        errors = [f"{file.path}: {file.error}" for file in outcome.files if file.error]
        assert not errors, "\n".join(errors)
        return Migrated(read_sources(tree), tuple(finding for file in outcome.files for finding in file.findings))


def all_modules() -> Iterator[tuple[str, str]]:
    """Every module of every V1 program among the fixtures: its name and its text."""
    for fixture in all_fixtures():
        for name, data in read_sources(fixture.before).items():
            if not is_document(name or fixture.before.name, data) and (fixture.before / name).suffix == ".py":
                yield f"{fixture.name}/{name}".rstrip("/"), data.decode("utf-8-sig")
