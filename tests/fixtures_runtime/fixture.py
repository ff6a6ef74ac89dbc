"""The fixtures on disk, and what the comment lines of their V1 programs say about them.

# expect: manual      the codemod must leave something to a person; nothing is executed
# options: ARGS       options of the oracle's compare.py, such as --fails or --ignore stdout
# own-process         run in an interpreter of its own rather than in a fork of a warm one
# icechunk: 2         do not run on another major version of Icechunk than this
"""

import argparse
import json
import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fixtures_runtime import FIXTURES

FAMILIES = ("straight", "flow", "functions", "projects", "workers", "notebooks", "documents", "zarr_repos")


@dataclass(frozen=True)
class Fixture:
    """One scenario: a folder with a V1 program, and once it is accepted its migration and `expected.json`.

    A program is a single file, `before.py` or a notebook, or a tree, `before/`, that is run by its `main.py`.
    """

    folder: Path
    suffix: str = ".py"
    """That of a single file."""

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def is_project(self) -> bool:
        return (self.folder / "before").is_dir()

    @property
    def before(self) -> Path:
        return self.folder / ("before" if self.is_project else f"before{self.suffix}")

    @property
    def after(self) -> Path:
        return self.folder / ("after" if self.is_project else f"after{self.suffix}")

    @property
    def entry(self) -> Path:
        """The file that is run, and that has the comment lines."""
        return self.before / "main.py" if self.is_project else self.before

    @property
    def expected(self) -> Path:
        """What V1 left behind."""
        return self.folder / "expected.json"

    @property
    def seed_script(self) -> Path:
        """The V1 script that makes the repositories to start from; most fixtures have none."""
        return self.folder / "seed.py"

    @property
    def seed(self) -> Path:
        """What that script left behind, with all values."""
        return self.folder / "seed.json"

    @property
    def data(self) -> Path:
        """Files to put into the working directory; most fixtures have none."""
        return self.folder / "data"

    @cached_property
    def _entry_text(self) -> str:
        text = self.entry.read_text(encoding="utf-8-sig")
        if self.entry.suffix != ".ipynb":
            return text
        content = json.loads(text)
        cells = [cell for sheet in content.get("worksheets", [content]) for cell in sheet["cells"]]
        return "\n".join("".join(cell.get("source", cell.get("input"))) for cell in cells)

    def directive(self, name: str) -> str | None:
        """The rest of a `# name: ...` or `# name` comment line of the V1 program."""
        found = re.search(rf"^# {name}(?::[ \t]*(.*))?$", self._entry_text, re.MULTILINE)
        return (found[1] or "").strip() if found else None

    @property
    def manual(self) -> bool:
        return self.directive("expect") == "manual"

    @property
    def own_process(self) -> bool:
        return self.directive("own-process") is not None

    @property
    def icechunk(self) -> int | None:
        """The only major version of Icechunk that the migration is for."""
        return int(version) if (version := self.directive("icechunk")) else None

    @cached_property
    def options(self) -> argparse.Namespace:
        """Those options of compare.py that make sense here."""
        parser = argparse.ArgumentParser(self.name)
        parser.add_argument("--args", type=shlex.split, default=[])
        parser.add_argument("--ignore", nargs="+", default=[])
        parser.add_argument("--fails", action="store_true")
        parser.add_argument("--timeout", type=float, default=60)
        return parser.parse_args(shlex.split(self.directive("options") or ""))

    @property
    def oracle_arguments(self) -> list[str]:
        """The command line of compare.py for this fixture."""
        arguments = [str(self.before), str(self.after), *shlex.split(self.directive("options") or "")]
        if self.seed_script.exists():
            arguments += ["--setup", str(self.seed_script)]
        if self.data.exists():
            arguments += ["--data", str(self.data)]
        return arguments


def all_fixtures(parts: list[str] | None = None, root: Path = FIXTURES) -> list[Fixture]:
    """Every fixture below `root`, or those whose name contains one of `parts`."""
    programs = (path for family in FAMILIES for path in sorted(root.glob(f"{family}/*/before*")))
    found = [Fixture(path.parent, path.suffix or ".py") for path in programs]
    return [
        fixture
        for fixture in found
        if fixture.entry.exists() and (not parts or any(part in fixture.name for part in parts))
    ]


def scripts() -> list[Fixture]:
    """The fixtures that are one plain Python file."""
    return [fixture for fixture in all_fixtures() if fixture.folder.parent.name in ("straight", "flow")]
