"""What the scan of a project costs: generated projects of growing size, of whose modules one in a hundred uses V1.

    python benchmarks/project_scan.py [--modules 100 1000 10000]

Each size is measured in a process of its own: the time of the scan (which files there are, which of them can hold V1 code,
and who imports whom), that of a whole `--check` run, the time that LibCST takes to parse the files that change, and the peak
of memory. The cost should grow as the number of modules does, and the scan should take less than twice the parse.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

V1_MODULE = """\
import argparse
import logging

import numpy as np
from arraylake import Client

from {package}.helpers_{number} import fill

log = logging.getLogger(__name__)
client = Client()


class Archive:
    def __init__(self, name):
        self.repo = client.get_or_create_repo(name)

    def add(self, day, values):
        group = self.repo.root_group.require_group(day)
        fill(group, values)
        self.repo.commit(f"values of {{day}}")


def latest(name):
    return client.get_repo(name).to_xarray(group="latest")

{plain}
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    Archive(parser.parse_args().name).add("today", {{"a": np.arange(3)}})
"""
PLAIN_FUNCTION = """
def smooth_{n}(values, width=3, *, missing=np.nan):
    \"\"\"The running mean of the valid values.\"\"\"
    valid = np.asarray([v for v in values if v is not None and not np.isnan(v)], dtype="f8")
    if len(valid) < width:
        log.warning("only %d of %d values are valid", len(valid), len(values))
        return np.full(len(values), missing)
    sums = np.cumsum(np.insert(valid, 0, 0.0))
    means = (sums[width:] - sums[:-width]) / width
    table = {{"mean": float(means.mean()), "low": float(means.min()), "high": float(means.max())}}
    for name, value in sorted(table.items(), key=lambda item: item[1]):
        if value != value or abs(value) > 1e6:
            raise ValueError(f"{{name}} of {{len(means)}} means is {{value!r}}")
    return np.concatenate([np.full(width - 1, missing), means])

"""
HELPER = """\
def fill(group, values):
    for name, data in values.items():
        group.create_dataset(name, data=data, overwrite=True)
"""
PLAIN_MODULE = """\
import collections
import json

{imports}

class Task{number}:
    def __init__(self, options):
        self.options = dict(options)
        self.results = collections.defaultdict(list)

    def run(self, items):
        for item in items:
            key = json.dumps(item, sort_keys=True)
            if key in self.options:
                self.results[key].append(self.step(item))
        return sorted(self.results)

    def step(self, item):
        total = 0
        for number, value in enumerate(item.values()):
            total += number * len(str(value))
        return total


def main_{number}(items):
    return Task{number}({{}}).run(items)
"""


def v1_module(package: str, number: int) -> str:
    """A module of some 200 lines, most of which have nothing to do with V1."""
    plain = "".join(PLAIN_FUNCTION.format(n=n) for n in range(10))
    return V1_MODULE.format(package=package, number=number, plain=plain)


def generate(root: Path, modules: int) -> None:
    """A project of packages of fifty modules each; plain modules import others of their package and of the one before."""
    chosen = random.Random(modules)
    for first in range(0, modules, 50):
        package = f"package_{first // 50}"
        folder = root / package
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        for number in range(first, min(first + 50, modules)):
            if number % 100 == 7:
                (folder / f"archive_{number}.py").write_text(v1_module(package, number))
                (folder / f"helpers_{number}.py").write_text(HELPER)
                continue
            near = [n for n in range(max(first, number - 3), number) if n % 100 != 7]
            lines = [f"from {package}.module_{n} import main_{n}" for n in chosen.sample(near, min(2, len(near)))]
            if number % 100 == 9:
                lines.append(f"from {package}.archive_{first + 7 if first % 100 == 0 else first - 43} import latest")
            text = PLAIN_MODULE.format(number=number, imports="\n".join(lines) + "\n")
            (folder / f"module_{number}.py").write_text(text * 2)
    (root / "pyproject.toml").write_text("")


def measure(root: Path) -> dict[str, float]:
    """One run over a project, in this process."""
    from al_codemod.run import Analysis
    from al_codemod.settings import Settings

    start = time.perf_counter()
    analysis = Analysis([str(root)], Settings(), jobs=1)
    scan = time.perf_counter() - start
    changed = [file.path for file in analysis.outcome().files if file.changed]
    whole = time.perf_counter() - start
    import libcst

    start = time.perf_counter()
    for path in changed:
        libcst.parse_module(Path(path).read_text())
    parsing = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"scan": scan, "whole": whole, "parsing": parsing, "changed": len(changed), "peak": peak}


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    print(
        f"{'modules':>8} {'scan, s':>8} {'run, s':>8} {'parse, s':>9} {'scan/parse':>11} {'run/parse':>10} {'peak, MB':>9}"
    )
    for modules in options.modules:
        with tempfile.TemporaryDirectory() as root:
            generate(Path(root), modules)
            command = [sys.executable, __file__, "--measure", root]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        scan, whole, parsing = (found[key] for key in ("scan", "whole", "parsing"))
        print(
            f"{modules:>8} {scan:>8.2f} {whole:>8.2f} {parsing:>9.2f} {scan / parsing:>11.1f} {whole / parsing:>10.1f} "
            f"{found['peak']:>9.0f}"
        )


if __name__ == "__main__":
    main()
