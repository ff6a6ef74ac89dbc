"""Migrate fixtures, compare the results with real Arraylake V1, and accept those that are equal.

    python tests/accept.py [NAME_PART...]

For each `before.py` or `before/`: migrate it, run it on real V1 and its migration on real Icechunk, and compare the
repositories and the output. Where they are equal, the migration (`after.py` or `after/`) and the record of the V1 run
(`expected.json`, `seed.json`) are written into the fixture's folder. V1 runs and verdicts are cached until one of their
inputs changes.

Needs the two environments of the oracle: `tests/oracle/envs.sh` makes them.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from difflib import unified_diff
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from fixtures_runtime import FIXTURES, ORACLE
from fixtures_runtime.fixture import Fixture, all_fixtures
from fixtures_runtime.record import save_outcome
from fixtures_runtime.runtime import OracleError, Runtime, differences
from fixtures_runtime.sources import Migrated, Sources, migrate_sources, read_sources, write_sources

CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "al-codemod-oracle"
ENVS = Path(os.environ.get("ORACLE_ENVS", "~/.cache/oracle-envs")).expanduser()


@dataclass(frozen=True)
class Verdict:
    """What became of one fixture."""

    kind: str  # equal, different, manual or error
    details: list[str] = field(default_factory=list)
    stderr: str = ""

    @property
    def headline(self) -> str:
        """The detail that explains most: a script that stopped early explains all that is missing."""
        return next((text for text in self.details if text.startswith("exit status")), self.details[0])


@dataclass(frozen=True)
class Checked:
    """A verdict with what a person needs to judge it."""

    fixture: Fixture
    verdict: Verdict
    migration: Migrated | None

    @property
    def accepted(self) -> bool:
        return self.verdict.kind in ("equal", "manual")

    @property
    def open_codes(self) -> str:
        """The codes of what was left to a person."""
        codes = Counter(f.code for f in self.migration.findings if not f.fixed) if self.migration else Counter[str]()
        return " ".join(f"{code}x{n}" if n > 1 else code for code, n in sorted(codes.items()))

    @property
    def news(self) -> str:
        """How the result compares with what was accepted before."""
        if not self.migration:
            return ""
        if not self.fixture.after.exists():
            return "new"
        return "" if read_sources(self.fixture.after) == self.migration.sources else "changed"


def place(fixture: Fixture) -> Path:
    """Where the migration of a fixture is kept, accepted or not."""
    return CACHE / "migrated" / fixture.name / fixture.after.name


def store(path: Path, sources: Sources) -> None:
    """Write sources in place of all that was there."""
    if path.is_dir():
        shutil.rmtree(path)
    write_sources(path, sources)


def diff(old: Sources, new: Sources, old_name: str, new_name: str, context: int = 3) -> Iterator[str]:
    """The lines of a unified diff of all files."""
    for name in sorted({*old, *new}):
        before, after = (sources.get(name, b"").decode().splitlines() for sources in (old, new))
        yield from unified_diff(before, after, f"{old_name} {name}", f"{new_name} {name}", lineterm="", n=context)


def digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:24]


def parts(sources: Sources) -> Iterator[bytes]:
    """Sources as parts of a digest."""
    for name, data in sources.items():
        yield from (name.encode(), data)


@cache
def oracle_digest() -> str:
    """Changes whenever the oracle does."""
    files = [*ORACLE.glob("lib/**/*.py"), *ORACLE.glob("*.py"), *ORACLE.glob("requirements-*.txt")]
    return digest(path.read_bytes() for path in sorted(files))


class Bench:
    """A V1 and an Icechunk interpreter for one thread."""

    def __init__(self) -> None:
        self.v1, self.ice = (Runtime(env, str(ENVS / env / "bin" / "python")) for env in ("v1", "ice"))

    def close(self) -> None:
        self.v1.close()
        self.ice.close()


class Judge:
    """Finds verdicts, from the cache where nothing has changed."""

    def __init__(self, benches: Iterable[Bench], fresh: bool) -> None:
        self.fresh = fresh
        self.benches: SimpleQueue[Bench] = SimpleQueue()
        for bench in benches:
            self.benches.put(bench)

    def check(self, fixture: Fixture) -> Checked:
        migration = None
        try:
            migration = migrate_sources(fixture.before.name, read_sources(fixture.before))
            store(place(fixture), migration.sources)
            again = migrate_sources(fixture.before.name, migration.sources)
        except Exception as err:  # whatever the codemod does, the other fixtures go on
            verdict = Verdict("error", [f"migrate: {describe(err)}"], traceback.format_exc())
            return Checked(fixture, verdict, migration)
        if again.sources != migration.sources:
            changes = "\n".join(diff(migration.sources, again.sources, "once", "twice", context=0))
            return Checked(fixture, Verdict("error", [f"not idempotent\n{changes}"]), migration)
        return Checked(fixture, self.judge(fixture, migration), migration)

    def judge(self, fixture: Fixture, migration: Migrated) -> Verdict:
        if fixture.manual:
            missing = Verdict("different", ["no manual finding, though one is expected"])
            return Verdict("manual") if migration.is_flagged else missing
        record = self.record_of(fixture)
        known = record / f"verdict-{digest(parts(migration.sources))}.json"
        if known.exists() and not self.fresh:
            return Verdict(**json.loads(known.read_text()))
        bench = self.benches.get()
        try:
            if self.fresh or not (record / "expected.json").exists():
                record.mkdir(parents=True, exist_ok=True)
                save_outcome(record / "expected.json", bench.v1.before(fixture, record / "seed.json"))
            result = bench.ice.after(fixture, place(fixture), record / "seed.json")
        except OracleError as err:
            return Verdict("error", [str(err)])
        finally:
            self.benches.put(bench)
        found = differences(fixture, record / "expected.json", result.outcome)
        verdict = Verdict("different" if found else "equal", found, result.stderr)
        known.write_text(json.dumps(asdict(verdict)))
        return verdict

    def record_of(self, fixture: Fixture) -> Path:
        """The folder in the cache for what V1 makes of this fixture as it now is."""
        others = [fixture.seed_script, *sorted(fixture.data.rglob("*"))]
        inputs = [*parts(read_sources(fixture.before)), *(path.read_bytes() for path in others if path.is_file())]
        return CACHE / "v1" / digest([oracle_digest().encode(), *inputs])

    def accept(self, checked: Checked) -> None:
        """Store a result in the folder of its fixture."""
        fixture, record = checked.fixture, self.record_of(checked.fixture)
        store(fixture.after, read_sources(place(fixture)))
        for target in fixture.expected, fixture.seed:
            source = record / target.name
            if source.exists() and not fixture.manual:
                shutil.copyfile(source, target)
            else:
                target.unlink(missing_ok=True)


def describe(err: Exception) -> str:
    frame = traceback.extract_tb(err.__traceback__)[-1]
    return f"{type(err).__name__}: {err} ({Path(frame.filename).name}:{frame.lineno})"


def show(checked: Checked, verbose: bool) -> None:
    verdict = checked.verdict
    notes = [checked.news, checked.open_codes and f"left: {checked.open_codes}"]
    print(f"{verdict.kind:9} {checked.fixture.name:46} {'; '.join(filter(None, notes))}".rstrip())
    details = verdict.details if verbose else [first_lines(verdict.headline)] if verdict.details else []
    for text in details:
        print("          " + text.replace("\n", "\n          "))
    if verbose and not checked.accepted and checked.migration:
        changes = diff(read_sources(checked.fixture.before), checked.migration.sources, "before", "after")
        sys.stdout.writelines(f"  | {line}\n" for line in changes)
    if verbose and not checked.accepted and verdict.stderr:
        print(verdict.stderr.rstrip())
    sys.stdout.flush()


def first_lines(text: str, limit: int = 8) -> str:
    lines = text.splitlines()
    return "\n".join(lines[:limit] + ["..."] * (len(lines) > limit))


def results(judge: Judge, fixtures: list[Fixture], jobs: int) -> Iterator[Checked]:
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(judge.check, fixtures)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", metavar="NAME_PART", help="only fixtures whose family/name contains one of these"
    )
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="the folder of the families")
    parser.add_argument("--dry", action="store_true", help="only print, accept nothing")
    parser.add_argument(
        "--list-different", action="store_true", help="only print the names of those that are not equal"
    )
    parser.add_argument("--fresh", action="store_true", help="use no cached V1 run and no cached verdict")
    parser.add_argument("--jobs", type=int, default=2, help="how many to run at once (default 2)")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="all differences, the migration as a diff, and its stderr"
    )
    return parser.parse_args()


def main() -> int:
    options = parse_args()
    if not all((ENVS / env / "bin" / "python").exists() for env in ("v1", "ice")):
        sys.exit(f"The oracle's environments are missing: run {ORACLE / 'envs.sh'}")
    fixtures = all_fixtures(options.parts, options.fixtures.resolve())
    if not fixtures:
        sys.exit("No fixture has such a name.")
    benches = [Bench() for _ in range(options.jobs)]
    judge, start, kinds = Judge(benches, options.fresh), time.monotonic(), Counter[str]()
    try:
        for checked in results(judge, fixtures, options.jobs):
            kinds[checked.verdict.kind] += 1
            if not options.list_different:
                show(checked, options.verbose)
            elif not checked.accepted:
                print(checked.fixture.name)
            if checked.accepted and not (options.dry or options.list_different):
                judge.accept(checked)
    finally:
        for bench in benches:
            bench.close()
    if not options.list_different:
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        print(f"\n{counts} in {time.monotonic() - start:.0f} s; migrations are in {CACHE / 'migrated'}")
    return int(sum(kinds.values()) != kinds["equal"] + kinds["manual"])


if __name__ == "__main__":
    sys.exit(main())
