"""What the tool costs, beside ruff and beside LibCST itself. Run by hand: `python benchmarks/bench.py`.

It builds its trees in a temporary directory: one of files with nothing to do, copied from the libraries of the
interpreter that runs it, and one of many V1 files, copied from the fixtures. Every figure is the best of several runs.
"""

import argparse
import functools
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from al_codemod.source.prefilter import has_hint, has_proof

FIXTURES = Path(__file__).parent.parent / "fixtures"
RULE = "{:<62}{:>12}{:>12}"


def main() -> None:
    """Build the trees, measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="files with nothing to do (default: %(default)s)")
    parser.add_argument("--v1-files", type=int, default=300, help="files with V1 code (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of which the best counts (default: %(default)s)")
    options = parser.parse_args()
    print(RULE.format("", "seconds", "ratio"))
    with tempfile.TemporaryDirectory() as directory:
        idle, busy = Path(directory, "idle"), Path(directory, "busy")
        size = copy_idle_files(idle, options.files)
        print(f"{options.files} files with nothing to do, {size / 1e6:.1f} MB")
        bench_idle(idle, options.repeat)
        print("start-up")
        bench_start(options.repeat * 3)
        sources = list(v1_sources())
        if not sources:
            sys.exit("no V1 fixtures to measure with")
        bench_pool(busy, sources, options.v1_files, options.repeat)
        bench_migrate(max(sources, key=len), options.repeat)


def bench_idle(tree: Path, repeat: int) -> None:
    """Start to exit over a tree with nothing to do, against ruff with one NumPy rule and no cache."""
    ours = best(repeat, lambda: run(command("--check", "--isolated", str(tree)), expect=0))
    row("  al-codemod --check", ours)
    ruff = shutil.which("ruff", path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))
    if ruff is None:
        print("  ruff is not installed: no comparison")
        return
    theirs = best(
        repeat, lambda: run([ruff, "check", "--isolated", "--no-cache", "--select", "NPY201", "-q", str(tree)])
    )
    row("  ruff check --no-cache --select NPY201", theirs, theirs / ours)


def bench_start(repeat: int) -> None:
    """What it takes to say anything at all, against the one library that has to be imported for it."""
    row("  python -c pass", best(repeat, lambda: run([sys.executable, "-c", "pass"], expect=0)))
    click = best(repeat, lambda: run([sys.executable, "-c", "import click"], expect=0))
    row('  python -c "import click"', click)
    for option in ("--version", "--help"):
        ours = best(repeat, functools.partial(run, command(option), expect=0))
        row(f"  al-codemod {option}", ours, ours / click)


def bench_pool(tree: Path, sources: list[bytes], count: int, repeat: int) -> None:
    """One process against two over a tree of V1 files; nothing is written, so every run does the same work."""
    tree.mkdir()
    for index in range(count):
        (tree / f"v1_{index:04}.py").write_bytes(sources[index % len(sources)])
    print(f"{count} files with V1 code")
    one = best(repeat, lambda: run(command("--check", "--isolated", "--jobs", "1", str(tree))))
    two = best(repeat, lambda: run(command("--check", "--isolated", "--jobs", "2", str(tree))))
    row("  one process", one)
    row("  two processes", two, one / two)


def bench_migrate(source: bytes, repeat: int) -> None:
    """The migration of one file against LibCST's own parse and code generation of it."""
    import libcst

    text = source.decode("utf-8")
    print(f"one file with V1 code, {len(text.splitlines())} lines")
    parse = best(repeat * 3, lambda: libcst.parse_module(text).code)
    ours = best(repeat * 3, lambda: migrate(text, Settings()))
    row("  libcst.parse_module(text).code", parse)
    row("  migrate(text)", ours, ours / parse)


def copy_idle_files(target: Path, count: int) -> int:
    """Copy that many library files that the prefilter turns away; answer with their size."""
    total = copied = 0
    for source in library_files():
        data = source.read_bytes()
        if not data or has_proof(data) or has_hint(data):
            continue
        # As many directories as a real project of this size has.
        destination = target / f"package_{copied // 20:03}" / f"{copied:05}_{source.name}"
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(data)
        total += len(data)
        copied += 1
        if copied == count:
            return total
    sys.exit(f"only {copied} library files to copy; install more packages or ask for fewer --files")


def library_files() -> Iterator[Path]:
    """Python files of installed packages and of the standard library, in a fixed order."""
    for key in ("purelib", "stdlib"):
        yield from sorted(Path(sysconfig.get_path(key)).rglob("*.py"))


def v1_sources() -> Iterator[bytes]:
    """The fixtures that hold V1 code."""
    for path in sorted(FIXTURES.rglob("*.py")):
        data = path.read_bytes()
        if not path.name.startswith("after") and has_proof(data):
            yield data


def command(*arguments: str) -> list[str]:
    """The command as its users start it."""
    script = Path(sysconfig.get_path("scripts"), "al-codemod")
    return [str(script), *arguments] if script.exists() else [sys.executable, "-m", "al_codemod", *arguments]


def run(arguments: list[str], expect: int | None = None) -> None:
    """Run a command to its end; ruff and a check that finds something exit with 1."""
    done = subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if done.returncode not in ((0, 1) if expect is None else (expect,)):
        complaint = done.stderr.decode(errors="replace")[:1000]
        sys.exit(f"{' '.join(arguments)} exited with {done.returncode}:\n{complaint}")


def best(repeat: int, work: Callable[[], object]) -> float:
    """The shortest of several runs, in seconds; the first warms the caches and does not count."""
    times = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times[1:])


def row(label: str, seconds: float, ratio: float | None = None) -> None:
    """One line of the table."""
    print(RULE.format(label, f"{seconds:.3f}", "" if ratio is None else f"{ratio:.2f} x"), flush=True)


if __name__ == "__main__":
    main()
