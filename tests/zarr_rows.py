"""One program for each row of the table from zarr 2 to zarr 3: what must become of it, and whether it does.

    python tests/zarr_rows.py PYTHON_WITH_ZARR_2 [--programs FOLDER] [--dry] [-v] [ID_START...]

runs the programs below FOLDER (by default the fixtures themselves) on zarr 2 and their migrations on the installed zarr 3, and
takes those that end as they should into the fixtures, unless it is a dry run.

The second line of a `before.py` says how it must end:

# expect: equal      it is rewritten, if need be, and prints the same
# expect: review     it is rewritten and prints the same; what was done is listed for people
# expect: flagged    something is left to a person

A line that ends in `# <- here` has to be spoken of.
"""

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from zarr_fixtures import FIXTURES, run_here

from al_codemod.finding import Applicability, Finding, Migration
from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from al_codemod.surface.zarr.rows import zarr_rows

ROWS: Final = FIXTURES.parent / "zarr_rows"
REPOS: Final = FIXTURES.parent / "zarr_repos"
"""The rows that are about repos: `accept.py` takes care of these, and what they do."""
RUNNER: Final = Path(__file__).parent / "run_programs.py"
HERE: Final = "# <- here"


@dataclass(frozen=True)
class Program:
    """The program about one row."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def before(self) -> Path:
        return self.folder / "before.py"

    @property
    def after(self) -> Path:
        return self.folder / "after.py"

    @property
    def expected(self) -> Path:
        """What it prints on zarr 2."""
        return self.folder / "expected.txt"

    @cached_property
    def text(self) -> str:
        return self.before.read_text(encoding="utf-8")

    @property
    def expect(self) -> str:
        found = re.search(r"^# expect: (\w+)", self.text, re.MULTILINE)
        return found[1] if found else "equal"

    @property
    def is_about_repos(self) -> bool:
        """Whether it needs the oracle: it is no program for zarr alone."""
        return "arraylake" in self.text

    @cached_property
    def marked(self) -> list[int]:
        """The lines that have to be spoken of."""
        return [i for i, line in enumerate(self.text.splitlines(), 1) if line.rstrip().endswith(HERE)]

    @cached_property
    def migration(self) -> Migration:
        return migrate(self.text, Settings())

    def again(self) -> Migration:
        """What a second run makes of the migration."""
        return migrate(self.migration.text, Settings())


def programs(root: Path = ROWS) -> list[Program]:
    """The programs below a folder."""
    return [Program(path.parent) for path in sorted(root.glob("Z*/before.py"))]


@dataclass
class Judgement:
    """How a program ended, and what is wrong with that."""

    ended: str
    problems: list[str] = field(default_factory=list)


def unspoken(program: Program) -> list[int]:
    """The marked lines that no finding is about; where a person is to look, one that nobody lists does not count."""
    listed = [f for f in program.migration.findings if not f.suppressed and (is_listed(f) or program.expect == "equal")]
    return [line for line in program.marked if not any(f.span.line <= line <= f.span.end_line for f in listed)]


def is_listed(finding: Finding) -> bool:
    """Whether a report shows a finding without being asked."""
    return not finding.fixed or finding.applicability is not Applicability.SAFE


def judge(program: Program, expected: str, printed: str | Exception) -> Judgement:
    """Compare what a program printed on zarr 2 with what its migration printed on zarr 3, or ended with."""
    migration = program.migration
    is_known = any(is_listed(f) and not f.suppressed for f in migration.findings)
    problems = [f"line {line} is not spoken of" for line in unspoken(program)]
    if printed == expected:
        ended = "equal"
    elif is_known:
        ended = "flagged"
    else:
        ended = "fails" if isinstance(printed, Exception) else "wrong"
        problems.append(f"is {ended}")
    if program.expect != "flagged" and printed != expected:
        problems.append(f"printed {printed!r} in place of {expected!r}")
    if program.expect == "flagged" and not is_known:
        problems.append("nothing is reported")
    return Judgement(ended, problems)


def run_after(program: Program) -> str | Exception:
    """What the migration of a program prints here, or the exception that ends it."""
    with TemporaryDirectory() as directory:
        try:
            return run_here(program.migration.text, Path(directory))
        except Exception as error:
            return error


# -- accepting


def run_before(python: str, found: list[Program]) -> dict[str, dict[str, object]]:
    """What the programs do on zarr 2."""
    paths = json.dumps([str(program.before.resolve()) for program in found])
    done = subprocess.run([python, str(RUNNER)], input=paths, capture_output=True, text=True, check=True)
    results = json.loads(done.stdout)
    return {program.id: results[str(program.before.resolve())] for program in found}


def accept(program: Program, expected: str) -> None:
    """Keep a program that ended as it should."""
    folder = ROWS / program.id
    folder.mkdir(parents=True, exist_ok=True)
    if program.folder.resolve() != folder.resolve():
        shutil.copyfile(program.before, folder / "before.py")
    (folder / "after.py").write_text(program.migration.text, encoding="utf-8")
    (folder / "expected.txt").write_text(expected, encoding="utf-8")


def results(python: str, found: list[Program]) -> Iterator[tuple[Program, str, Judgement]]:
    """Each program with what it printed on zarr 2 and how it ended."""
    there = run_before(python, found)
    for program in found:
        before = there[program.id]
        expected = str(before["stdout"])
        if before["code"]:
            yield program, expected, Judgement("broken", [f"fails on zarr 2: {before['stderr']}"])
            continue
        if program.expected.exists() and program.expected.read_text(encoding="utf-8").rstrip() != expected.rstrip():
            yield program, expected, Judgement("broken", [f"prints {expected!r} on zarr 2, which is not what it says"])
            continue
        signal.alarm(60)
        yield program, expected, judge(program, expected, run_after(program))
        signal.alarm(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--programs", type=Path, default=ROWS)
    parser.add_argument("--dry", action="store_true", help="accept nothing")
    parser.add_argument("-v", "--verbose", action="store_true", help="also the migration, and what was found")
    options = parser.parse_intermixed_args()
    signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(TimeoutError()))
    wanted = [p for p in programs(options.programs) if not options.ids or p.id.startswith(tuple(options.ids))]
    wanted = [p for p in wanted if not p.is_about_repos]
    counts: Counter[tuple[str, str]] = Counter()
    for program, expected, judgement in results(options.python, wanted):
        row = zarr_rows()[program.id]
        counts[row.safety, judgement.ended] += 1
        counts["silent", "not spoken of" if unspoken(program) else "spoken of"] += row.silent
        counts["all", "not as it should be" if judgement.problems else "as it should be"] += 1
        if judgement.problems:
            print(
                f"{program.id} {row.safety:7}{' silent' if row.silent else ''} {program.expect} {judgement.ended}: {row.v2}"
            )
            print("".join(f"    {problem}\n" for problem in judgement.problems), end="")
            if options.verbose:
                print(program.migration.text)
                print("".join(f"    {f}\n" for f in program.migration.findings))
        elif not options.dry:
            accept(program, expected)
    print("".join(f"{n:4} {kind}: {ended}\n" for (kind, ended), n in sorted(counts.items()) if n), end="")
    return int(bool(counts["all", "not as it should be"]))


if __name__ == "__main__":
    sys.exit(main())
