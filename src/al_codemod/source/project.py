"""Which files of a run belong together: those with V1 code, and those that import them or are imported by them.

Only bytes are looked at. Imports are found by a pattern: one that it misses leaves two files apart, and what passes between
them is then reported as not seen.
"""

import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from al_codemod.semantics.modules import ModuleFinder
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes

_IMPORT = re.compile(
    rb"^[ \t]*(?:>>>[ \t]*)?(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]*)|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
_NAME = re.compile(rb"(?:^|,|\()\s*(\w+)")
_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are analysed together. `paths` may be changed, `context` is only looked at; `size` is in bytes.

    `others` show no V1 code themselves: they import such files, or are imported by those that do.
    """

    paths: tuple[str, ...]
    context: tuple[str, ...]
    size: int
    others: tuple[str, ...] = ()


def group(candidates: Mapping[str, int], others: Iterable[str], editable: Callable[[str], bool]) -> list[Group]:
    """Divide the candidates, each with its size in bytes, into groups, with those of `others` that they need."""
    shown = {module_path(path): path for path in (*candidates, *others)}
    graph = ImportGraph(shown)
    chosen = {module_path(path) for path in candidates}
    core = graph.reach(chosen, graph.imports)
    groups = []
    around = graph.reach(graph.reach(chosen, graph.importers), graph.imports)
    for members in graph.components(core | around):
        paths = sorted(shown[m] for m in members)
        if any(path in candidates for path in paths):
            mine = tuple(path for path in paths if editable(path))
            context = tuple(path for path in paths if not editable(path))
            others_ = tuple(sorted(shown[m] for m in members - core))
            groups.append(Group(mine, context, sum(candidates.get(path, 0) for path in paths), others_))
    return [g for g in groups if g.paths]


def module_path(path: str) -> str:
    """The path that a module is known by in the analysis."""
    return os.path.abspath(path).replace(os.sep, "/")


def project_root(path: str) -> str:
    """The directory of the project that a file belongs to, or of its outermost package."""
    directory = os.path.dirname(os.path.abspath(path))
    above = directory
    while not any(os.path.lexists(os.path.join(above, marker)) for marker in _MARKERS):
        parent = os.path.dirname(above)
        if parent == above:
            break
        above = parent
    else:
        return above
    while os.path.exists(os.path.join(directory, "__init__.py")):
        directory = os.path.dirname(directory)
    return directory


class ImportGraph:
    """Which modules import which, by their paths."""

    def __init__(self, shown: Mapping[str, str]) -> None:
        self.imports: dict[str, set[str]] = {}
        self.importers: dict[str, set[str]] = {}
        finder = ModuleFinder(shown)
        for module, path in shown.items():
            with suppress(SourceError):
                for target in (*_targets(finder, module, read_bytes(path)), *_fixtures(shown, module)):
                    if target != module:
                        self.imports.setdefault(module, set()).add(target)
                        self.importers.setdefault(target, set()).add(module)

    def reach(self, start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
        """All that can be reached from `start`."""
        found = set(start)
        work = list(found)
        while work:
            new = edges.get(work.pop(), set()) - found
            found |= new
            work += new
        return found

    def components(self, chosen: set[str]) -> Iterator[set[str]]:
        """Divide modules into those that are connected."""
        left = set(chosen)
        both = {m: (self.imports.get(m, set()) | self.importers.get(m, set())) & chosen for m in chosen}
        while left:
            found = self.reach({min(left)}, both)
            left -= found
            yield found


def _fixtures(shown: Container[str], module: str) -> Iterator[str]:
    """The modules whose fixtures pytest passes to the tests of a module without any import."""
    directory, name = os.path.split(module)
    if not (name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")):
        return
    while True:
        if f"{directory}/conftest.py" in shown:
            yield f"{directory}/conftest.py"
        above = os.path.dirname(directory)
        if above == directory:
            return
        directory = above


def _targets(finder: ModuleFinder, module: str, data: bytes) -> Iterator[str]:
    if module.endswith(".ipynb"):
        # Every string of the JSON on lines of its own.
        data = data.replace(b"\\n", b"\n").replace(b'"', b"\n")
    for match in _IMPORT.finditer(data):
        dots, source, names, plain = match.groups()
        if plain is not None:
            for part in plain.decode().split(","):
                yield from finder.imported(module, 0, part.split(" as ")[0].strip())
        else:
            listed = [name.decode() for name in _NAME.findall(names)]
            yield from finder.imported(module, len(dots), source.decode(), listed)
