"""Check the oracle on its own cases: every after.py must be `equal`, every wrong_*.py `different`.

    python run_cases.py [NAME_PART...]

A comment `# expect: TEXT` in a wrong_*.py names a text that the differences have to contain, so that it is
caught for the right reason; `# options: ...` in any script adds options to the comparison.
"""

import re
import shlex
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from compare import HERE, Report, compare, parse_args


def directive(script: Path, name: str) -> str:
    """The rest of a `# name: ...` comment line, if the script has one."""
    found = re.search(rf"^# {name}: (.*)$", script.read_text(), re.M)
    return found[1] if found else ""


def judge(before: Path, after: Path) -> tuple[Report, str]:
    argv = [
        str(before),
        str(after),
        *shlex.split(directive(before, "options")),
        *shlex.split(directive(after, "options")),
    ]
    for option, name in ("--setup", "seed.py"), ("--setup-after", "seed_after.py"):
        if (before.parent / name).exists():
            argv += [option, str(before.parent / name)]
    with TemporaryDirectory(prefix="oracle-") as root:
        report, runs = compare(Path(root), parse_args(argv))
    return report, f"v1 {runs['v1'].seconds:4.1f} s, ice {runs['ice'].seconds:4.1f} s"


def check(case: Path) -> bool:
    (before,) = case.glob("before.*")
    ok = True
    for after in sorted(case.glob("after.*")) + sorted(case.glob("wrong_*")):
        start = time.monotonic()
        report, timing = judge(before, after)
        right = bool(report.differences) == after.stem.startswith("wrong_")
        right &= directive(after, "expect") in "\n".join(report.differences)
        ok &= right
        verdict = "different" if report.differences else "equal"
        name, seconds = f"{case.name}/{after.name}", time.monotonic() - start
        print(f"{'ok  ' if right else 'FAIL'} {name:48} {verdict:9}  {timing}, total {seconds:4.1f} s")
        for text in report.differences if not right else report.differences[:1]:
            print("       " + text.replace("\n", "\n       "))
        for text in report.notes:
            print("       note: " + text)
        sys.stdout.flush()
    return ok


if __name__ == "__main__":
    cases = sorted((HERE / "cases").iterdir())
    verdicts = [check(case) for case in cases if not sys.argv[1:] or any(part in case.name for part in sys.argv[1:])]
    sys.exit(not all(verdicts))
