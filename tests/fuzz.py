"""Run random programs on real Arraylake V1 and, migrated, on real Icechunk, and compare what they leave behind.

    python tests/fuzz.py --seeds 0:2000 [--save FOLDER]     look for differences; those found are shrunk and saved
    python tests/fuzz.py --record                           write the record that tests/test_fuzz.py compares with

Each program ends as one of: `equal`; `manual`, something is left to a person; `invalid`, it fails on V1 itself; `refused`,
it stops at a `new_branch` with changes that are not committed, as was said; `different`, though nothing was said;
`crash`, the codemod raised or its second run changed something.

Needs the two environments of the oracle: `tests/oracle/envs.sh` makes them.
"""

import argparse
import ast
import itertools
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from fixtures_runtime.record import recorded, write
from fixtures_runtime.sources import Sources, migrate_sources
from fixtures_runtime.warm import Warm, difference
from names import unbound
from v1_programs import RECORD, digest, generate

ENVS = Path(os.environ.get("ORACLE_ENVS", "~/.cache/oracle-envs")).expanduser()

REFUSED = "RuntimeError: commit first"
"""How a program ends that would take changes to a new branch, which only objects that keep a repo and its session notice."""
REFUSAL = "V1 took changes that are not committed along to a new branch"


@dataclass(frozen=True)
class Verdict:
    """What became of one program."""

    kind: str
    detail: str = ""
    migrated: Sources | None = None

    @property
    def is_wrong(self) -> bool:
        return self.kind in ("different", "crash")

    @property
    def cause(self) -> str:
        """Roughly why: which kind of difference, and which error. Shrinking keeps it."""
        lines = self.detail.splitlines() or [""]
        error = next((line.strip() for line in lines if "failure (" in line), "")
        return f"{self.kind} {error.split('(')[-1].split(':')[0] or lines[0].split(' ')[0]}"


@cache
def interpreters() -> tuple[Warm, Warm]:
    """V1 and Icechunk, once in each process."""
    v1, ice = (Warm(env, str(ENVS / env / "bin" / "python")) for env in ("v1", "ice"))
    return v1, ice


def judge(before: Sources) -> Verdict:
    """Migrate a program, and compare both runs if nothing is left to a person."""
    try:
        migration = migrate_sources("program.py", before)
        again = migrate_sources("program.py", migration.sources)
    except Exception:
        return Verdict("crash", traceback.format_exc())
    if again.sources != migration.sources:
        return Verdict("crash", "not idempotent", migration.sources)
    if migration.is_unfinished:
        codes = Counter(finding.code for finding in migration.findings if not finding.fixed)
        return Verdict("manual", " ".join(sorted(codes)), migration.sources)
    v1, ice = interpreters()
    old, error = v1.run(before)
    if old.failure:
        return Verdict("invalid", error, migration.sources)
    new, error = ice.run(migration.sources)
    if REFUSED in error and any(REFUSAL in finding.message for finding in migration.findings):
        return Verdict("refused", error, migration.sources)
    found = difference(old, new)
    return Verdict("different", "\n".join([*found, error]), migration.sources) if found else Verdict("equal")


# -- shrinking


def smaller(sources: Sources) -> Iterator[Sources]:
    """The program with some statements less, many at first, or with a suite in place of its compound statement."""
    for size in (16, 8, 4, 2, 1):
        for name, text in sources.items():
            for number, suite in enumerate(suites(ast.parse(text))):
                if size == 1 or size <= len(suite):
                    for start in range(0, len(suite), size):
                        yield from edited(sources, name, number, slice(start, start + size), [])
    for name, text in sources.items():
        for number, suite in enumerate(suites(ast.parse(text))):
            for index, statement in enumerate(suite):
                if inner := unwrapped(statement):
                    yield from edited(sources, name, number, slice(index, index + 1), inner)


def suites(tree: ast.AST) -> list[list[ast.stmt]]:
    fields = (value for node in ast.walk(tree) for _, value in ast.iter_fields(node))
    return [value for value in fields if isinstance(value, list) and value and isinstance(value[0], ast.stmt)]


def edited(sources: Sources, name: str, number: int, which: slice, new: list[ast.stmt]) -> Iterator[Sources]:
    """The program with other statements in one suite, if that has a meaning."""
    tree = ast.parse(sources[name])
    suite = suites(tree)[number]
    if not new and all(isinstance(statement, ast.Pass) for statement in suite[which]):
        return
    suite[which] = new
    if not suite:
        suite.append(ast.Pass())
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    if unbound(text) <= unbound(sources[name].decode()):
        yield sources | {name: text.encode()}


def unwrapped(statement: ast.stmt) -> list[ast.stmt]:
    match statement:
        case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
            return statement.body
        case ast.Return(value=ast.expr() as value):
            return [ast.Expr(value)]
    return []


def shrink(sources: Sources, verdict: Verdict, limit: float = 120) -> tuple[Sources, Verdict]:
    """The smallest program found in `limit` seconds that has the same kind of difference."""
    end, rejected = time.monotonic() + limit, set[str]()
    while candidate := next((c for c in smaller(sources) if repr(c) not in rejected), None):
        if time.monotonic() > end:
            break
        rejected.add(repr(candidate))
        now = judge(candidate)
        if now.cause == verdict.cause:
            sources, verdict = candidate, now
    return sources, verdict


# -- the command


def attempt(seed: int, shrinks: bool) -> tuple[int, Sources, Verdict]:
    """The program of a seed, made small if it shows something wrong, and what became of it."""
    sources = generate(seed)
    verdict = judge(sources)
    if shrinks and verdict.is_wrong:
        sources, verdict = shrink(sources, verdict)
    return seed, sources, verdict


def save(folder: Path, seed: int, sources: Sources, verdict: Verdict) -> None:
    """Keep a program with its migration and what is different."""
    for kind, texts in (("before", sources), ("after", verdict.migrated or {})):
        for name, text in texts.items():
            path = folder / f"{seed}_{kind}{'_' + name if name else '.py'}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    (folder / f"{seed}.txt").write_text(f"{verdict.kind}\n{verdict.detail}\n")


def record(count: int) -> None:
    """Record what the first programs leave behind that are migrated with equal results and have functions to follow."""
    found: dict[str, object] = {}
    seeds = itertools.count()
    while len(found) < count:
        seed = next(seeds)
        sources = generate(seed)
        text = b"\n".join(sources.values()).decode()
        if text.count("\n") > 90 or not any(word in text for word in ("def helper", "class ", "def open")):
            continue
        if judge(sources).kind == "equal":
            outcome, _ = interpreters()[0].run(sources)
            found[str(seed)] = {"program": digest(sources), "outcome": recorded(outcome)}
    write(RECORD, found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0:100", metavar="FIRST:LAST", help="seeds, the last one excluded")
    parser.add_argument("--save", type=Path, help="shrink what is different or crashes, and keep it in this folder")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write the record that the test suite compares with")
    options = parser.parse_args()
    if options.record:
        record(20)
        return 0
    first, last = map(int, options.seeds.split(":"))
    start, kinds, codes = time.monotonic(), Counter[str](), Counter[str]()
    with ProcessPoolExecutor(options.jobs) as pool:
        for seed, sources, verdict in pool.map(partial(attempt, shrinks=bool(options.save)), range(first, last)):
            kinds[verdict.kind] += 1
            codes.update(verdict.detail.split() if verdict.kind == "manual" else [])
            if verdict.is_wrong:
                print(f"{seed} {verdict.cause}", flush=True)
                if options.save:
                    save(options.save, seed, sources, verdict)
    print(", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())), f"in {time.monotonic() - start:.0f} s")
    print("left by code:", ", ".join(f"{code} {n}" for code, n in codes.most_common()))
    return int(kinds["different"] + kinds["crash"] > 0)


if __name__ == "__main__":
    sys.exit(main())
