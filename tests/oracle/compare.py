"""Run a V1 script under real V1 and its migration under real Icechunk, and compare what they leave behind.

    python compare.py BEFORE.py AFTER.py [--setup SEED.py [--setup-after SEED_ICE.py]] [options]

Prints `equal` or the differences; exits with 0 or 1, or with 2 if the comparison itself went wrong.
"""

import argparse
import json
import os
import shlex
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "lib"))

from al_oracle.processes import Cold, OracleError, Run
from al_oracle.side import Side
from al_oracle.verdict import ASPECTS, Outcome, Report

ENVS = Path(os.environ.get("ORACLE_ENVS", "~/.cache/oracle-envs")).expanduser()


def environment_python(env: str) -> str:
    """The interpreter of one of the two environments that envs.sh makes."""
    return str(ENVS / env / "bin" / "python")


def cold_side(env: str, root: Path) -> Side:
    python = Cold(environment_python(env))
    return Side(env, root, python, python)


def seed(before: Side, after: Side, options: argparse.Namespace) -> None:
    """Give both sides the same repositories to start from."""
    before.must(options.setup, options.timeout)
    if options.setup_after:
        after.must(options.setup_after, options.timeout)
        return
    values, snapshot = before.root / "values", before.root / "seed.json"
    snapshot.write_text(json.dumps(before.dump(options.timeout, values)))
    after.replay(snapshot, values, options.timeout)


def compare(root: Path, options: argparse.Namespace) -> tuple[Report, dict[str, Run]]:
    """The differences between both sides, and the runs that made them."""
    before, after = cold_side("v1", root / "before"), cold_side("ice", root / "after")
    if options.data:
        for side in before, after:
            shutil.copytree(options.data, side.work)
    if options.setup:
        seed(before, after, options)

    def execute(side: Side, script: Path) -> tuple[Run, Outcome]:
        run = side.execute(script, options.args, options.timeout)
        return run, side.outcome(run, options.timeout)

    with ThreadPoolExecutor(2) as pool:
        (v1, was), (ice, now) = pool.map(execute, [before, after], [options.before, options.after])
    if was.failure and not options.fails:
        raise OracleError(f"{options.before} fails under V1 itself: {was.failure}")
    return Report(set(options.ignore)).compare(was, now), {"v1": v1, "ice": ice}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="V1 script, notebook, or project: a folder with a main.py")
    parser.add_argument("after", type=Path, help="the same, migrated")
    parser.add_argument("--args", type=shlex.split, default=[], metavar="TEXT", help="command line arguments for both")
    parser.add_argument(
        "--setup", type=Path, metavar="SEED", help="V1 script that makes the repositories to start from"
    )
    parser.add_argument(
        "--setup-after", type=Path, metavar="SEED", help="the same for Icechunk (default: replay what --setup made)"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="files to put into both working directories")
    parser.add_argument(
        "--ignore", nargs="+", choices=ASPECTS, default=[], metavar="ASPECT", help=f"only note: {' '.join(ASPECTS)}"
    )
    parser.add_argument(
        "--fails", action="store_true", help="the V1 script ends in an error, and so must the migrated one"
    )
    parser.add_argument("--timeout", type=float, default=120, help="seconds per run (default 120)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave all state in DIR")
    parser.add_argument("--json", action="store_true", help="machine-readable report")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = parse_args(argv)
    root = options.keep or Path(tempfile.mkdtemp(prefix="oracle-"))
    try:
        if root.exists() and any(root.iterdir()):
            raise OracleError(f"{root} is not empty")
        report, runs = compare(root.resolve(), options)
    except OracleError as err:
        print(f"no verdict: {err}", file=sys.stderr)
        return 2
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    verdict = "different" if report.differences else "equal"
    if options.json:
        timing = {env: {"exit": run.code, "seconds": round(run.seconds, 2)} for env, run in runs.items()}
        print(
            json.dumps(
                {"verdict": verdict, "differences": report.differences, "notes": report.notes, "runs": timing}, indent=1
            )
        )
        return int(bool(report.differences))
    print(verdict)
    for text in report.differences:
        print(f"- {text}")
    for text in report.notes:
        print(f"note: {text}")
    for env, run in runs.items():
        if run.failed and any(d.startswith("exit") for d in report.differences):
            print(f"\n{env} stderr:\n{run.stderr.strip()}", file=sys.stderr)
    return int(bool(report.differences))


if __name__ == "__main__":
    sys.exit(main())
