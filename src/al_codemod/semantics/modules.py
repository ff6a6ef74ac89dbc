"""The modules of a project, and which of them an import statement means."""

import ast
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from al_codemod.finding import Finding, Span

ImportNode: TypeAlias = ast.Import | ast.ImportFrom


@dataclass(eq=False, slots=True)
class Module:
    """One source that is analysed: its text and tree.

    `path` is the path of its file with `/` between the parts, empty where it stands alone. A module that is only there to
    be looked at (`editable` is false) is never changed.
    """

    text: str
    tree: ast.Module
    path: str = ""
    editable: bool = True

    @classmethod
    def parse(cls, text: str, path: str = "", *, editable: bool = True) -> "Module":
        """Raises `SyntaxError` when `text` does not parse, and `RecursionError` when it nests too deep."""
        return cls(text, ast.parse(text), path, editable)

    def span(self, span: Span) -> Span:
        """Where a range of `text` is in the file."""
        return span

    def line_name(self, line: int) -> str:
        """How people call a line of `text`."""
        return f"line {line}"

    def is_fixed(self, line: int) -> bool:
        """Whether a line (from 1) is only there to be looked at."""
        return not self.editable and line > 0

    def located(self, finding: Finding) -> Finding | None:
        """A finding at its place in the file; `None` for one that is not about the file."""
        return finding


class ModuleFinder:
    """Finds the file that an import means among those of a project, as Python would with its usual search paths.

    A script finds the modules beside it, the modules of a package find those beside their outermost package; both find
    what lies in a directory further up, or in a `src` there.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = set(paths)
        self.packages = {posixpath.dirname(p) for p in self.paths if posixpath.basename(p) == "__init__.py"}
        self.directories: set[str] = set()
        for path in self.paths:
            directory = posixpath.dirname(path)
            while directory not in self.directories:
                self.directories.add(directory)
                directory = posixpath.dirname(directory)
        self.names = {posixpath.basename(p).removesuffix(".py") for p in (*self.paths, *self.directories)}
        self.roots: dict[str, list[str]] = {}

    def absolute(self, importer: str, dotted: str) -> str | None:
        """The file of a module that is imported by its full name."""
        if dotted.partition(".")[0] not in self.names:
            return None
        tail = dotted.replace(".", "/")
        for root in self._roots(importer):
            found = self._at(f"{root}{tail}")
            if found is not None:
                return found
        return None

    def relative(self, importer: str, level: int, dotted: str) -> str | None:
        """The file of a module that is imported by its place beside the importing one."""
        base = posixpath.dirname(importer)
        for _ in range(level - 1):
            base = posixpath.dirname(base)
        return self._at(posixpath.join(base, dotted.replace(".", "/")) if dotted else base)

    def child(self, package: str, name: str) -> str | None:
        """The file of a submodule of the package whose `__init__` is at `package`."""
        if posixpath.basename(package) != "__init__.py":
            return None
        return self._at(posixpath.join(posixpath.dirname(package), name))

    def has_directory(self, importer: str, dotted: str) -> bool:
        """Whether a name leads to a directory that holds modules."""
        tail = dotted.replace(".", "/")
        return any(f"{root}{tail}" in self.directories for root in self._roots(importer))

    def imported(self, importer: str, level: int, module: str, names: Sequence[str] = ()) -> Iterator[str]:
        """Every file that `import module` or `from module import names` may run, `__init__` files on the way included."""
        parts = module.split(".") if module else []
        if not level and parts[0] not in self.names:
            return
        find = partial(self.relative, importer, level) if level else partial(self.absolute, importer)
        found = None
        for i in range(0 if level else 1, len(parts) + 1):
            found = find(".".join(parts[:i]))
            if found is not None:
                yield found
        if found is not None and posixpath.basename(found) != "__init__.py":
            return  # a module that is no package has no submodules
        for name in names:
            found = find(f"{module}.{name}" if module else name)
            if found is not None:
                yield found

    def _roots(self, importer: str) -> list[str]:
        """The directories that modules are searched in for an importer, nearest first, each with a slash at its end."""
        start = directory = posixpath.dirname(importer)
        if start not in self.roots:
            while directory in self.packages:
                directory = posixpath.dirname(directory)
            around = [directory]
            while posixpath.dirname(directory) != directory:
                directory = posixpath.dirname(directory)
                around.append(directory)
            inside = [d for a in around for d in (a, posixpath.join(a, "src")) if d in self.directories]
            self.roots[start] = [posixpath.join(d, "") for d in inside]
        return self.roots[start]

    def _at(self, stem: str) -> str | None:
        for path in (f"{stem}/__init__.py" if stem else "__init__.py", f"{stem}.py"):
            if path in self.paths:
                return path
        return None


class Imports:
    """What the import statements of a program bind, where that is a module of the program itself."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self.by_path = {m.path: m for m in modules if m.path}
        self.finder = ModuleFinder(self.by_path)
        self.by_tree: dict[ast.AST, Module] = {m.tree: m for m in modules}
        self.statements: dict[ast.stmt, list[Module]] = {}
        """The import statements that run other modules of the program, each with those."""
        for module in modules if len(modules) > 1 else ():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    run = list(dict.fromkeys(self._run_by(module, node)))
                    if run:
                        self.statements[node] = run

    def _run_by(self, importer: Module, node: ImportNode) -> Iterator[Module]:
        if isinstance(node, ast.ImportFrom):
            named = [(node.level, node.module or "", [a.name for a in node.names])]
        else:
            named = [(0, alias.name, []) for alias in node.names]
        for level, module, names in named:
            for path in self.finder.imported(importer.path, level, module, names):
                if path != importer.path:
                    yield self.by_path[path]

    def module(self, importer: Module, dotted: str, level: int = 0) -> Module | None:
        """The module of the program that a name stands for in an import."""
        if not importer.path:
            return None
        find = (
            self.finder.relative(importer.path, level, dotted) if level else self.finder.absolute(importer.path, dotted)
        )
        return self.by_path[find] if find is not None else None

    def has_below(self, importer: Module, dotted: str) -> bool:
        """Whether a name is that of a directory with modules of the program in it, though it is no module itself."""
        return bool(importer.path) and self.finder.has_directory(importer.path, dotted)

    def child(self, package: Module, name: str) -> Module | None:
        """A submodule of a package of the program."""
        found = self.finder.child(package.path, name)
        return self.by_path[found] if found is not None else None
