"""What the scan of a project costs: generated projects of growing size, of whose modules one in a hundred uses V1.

    python benchmarks/project_scan.py [--modules 100 1000 10000]

Each size is measured in a process of its own: the time of a whole `--check` run, the time that parsing the candidates alone
takes there, and the peak of memory. The cost should grow as the number of modules does.
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
from arraylake import Client

from {package}.helpers_{number} import fill

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
                (folder / f"archive_{number}.py").write_text(V1_MODULE.format(package=package, number=number))
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
    from al_codemod.run import run
    from al_codemod.settings import Settings

    start = time.perf_counter()
    outcome = run([str(root)], Settings(), write=False, jobs=1)
    seconds = time.perf_counter() - start
    changed = [file.path for file in outcome.files if file.changed]
    import libcst

    start = time.perf_counter()
    for path in changed:
        libcst.parse_module(Path(path).read_text())
    parsing = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "parsing": parsing, "changed": len(changed), "peak": peak}


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    print(f"{'modules':>8} {'run, s':>8} {'LibCST parse of V1, s':>22} {'ratio':>6} {'changed':>8} {'peak, MB':>9}")
    for modules in options.modules:
        with tempfile.TemporaryDirectory() as root:
            generate(Path(root), modules)
            command = [sys.executable, __file__, "--measure", root]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        ratio = found["seconds"] / found["parsing"] if found["parsing"] else 0
        print(
            f"{modules:>8} {found['seconds']:>8.2f} {found['parsing']:>22.2f} {ratio:>6.1f} {found['changed']:>8.0f} "
            f"{found['peak']:>9.0f}"
        )


if __name__ == "__main__":
    main()
