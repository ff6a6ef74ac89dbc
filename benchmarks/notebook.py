"""What one large notebook costs, beside reading it. Run by hand: `python benchmarks/notebook.py [--size MB]`.

The notebook has one cell with V1 code; the rest is outputs, half of them images and half lines of text. Every figure is
that of a process of its own, start-up included: the shortest time and the smallest peak of memory of several runs.
"""

import argparse
import base64
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RULE = "{:<62}{:>12}{:>12}{:>10}"
SOURCE = [
    "from arraylake import Client\n",
    "\n",
    'repo = Client().get_repo("org/repo")\n',
    'ds = repo.to_xarray("group")',
]
READ = "import json, sys; json.loads(open(sys.argv[1], 'rb').read())"
NBFORMAT = "import nbformat, sys; nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT)"


def main() -> None:
    """Build the notebook, measure, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=50, help="megabytes (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of which the best counts (default: %(default)s)")
    options = parser.parse_args()
    ours = [sys.executable, "-m", "al_codemod", "--isolated", "--jobs", "1"]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "large.ipynb")
        path.write_text(json.dumps(notebook(options.size), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(RULE.format(f"a notebook of {path.stat().st_size / 1e6:.0f} MB", "seconds", "peak MB", "ratio"))
        base = row("  json.loads", [sys.executable, "-c", READ, str(path)], options.repeat)
        row("  nbformat.read, which validates it", [sys.executable, "-c", NBFORMAT, str(path)], options.repeat, base)
        row("  al-codemod --check", [*ours, "--check", str(path)], options.repeat, base)
        row("  al-codemod --diff", [*ours, "--diff", str(path)], options.repeat, base)


def notebook(megabytes: int) -> dict[str, Any]:
    """A notebook of about that size; the same one every time."""
    chance = random.Random(4)
    outputs: list[dict[str, Any]] = []
    size = 0
    while size < megabytes * 1_000_000:
        image = base64.encodebytes(chance.randbytes(150_000)).decode()
        lines = [f"step {n} loss {chance.random()!r} été\n" for n in range(4_500)]
        outputs += [
            {"output_type": "display_data", "metadata": {}, "data": {"image/png": image}},
            {"output_type": "stream", "name": "stdout", "text": lines},
        ]
        size += len(image) + sum(map(len, lines))
    cells = [_cell(0, SOURCE, []), *(_cell(n, ["x = 1"], outputs[n::20]) for n in range(20))]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


def _cell(count: int, source: list[str], outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": count, "metadata": {}, "outputs": outputs, "source": source}


def row(label: str, command: list[str], repeat: int, base: float | None = None) -> float:
    """One line of the table; its time."""
    runs = [measured(command) for _ in range(repeat)]
    seconds, memory = min(time for time, _ in runs), min(memory for _, memory in runs)
    ratio = "" if base is None else f"{seconds / base:.1f} x"
    print(RULE.format(label, f"{seconds:.2f}", f"{memory / 1e6:.0f}", ratio), flush=True)
    return seconds


def measured(command: list[str]) -> tuple[float, int]:
    """The seconds and the peak of memory, in bytes, of a command."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            assert process.stderr is not None
            sys.exit(f"{' '.join(command)}:\n{process.stderr.read().decode(errors='replace')[:1000]}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024


if __name__ == "__main__":
    main()
