"""How code of one module speaks of the variables of another one."""

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.semantics.modules import Imports, Module
from al_codemod.semantics.scopes import Scope


@dataclass(frozen=True, slots=True)
class Reference:
    """The expression that a module is known by in another one; `module` and `member` are the import that it may still need."""

    text: str
    module: str = ""
    member: str = ""


class Reach:
    """Answers for all modules of a program how one is referred to in another.

    A variable that is bound anew has to be read through its module: what `from module import name` gave stays as it was.
    """

    def __init__(self, imports: Imports) -> None:
        self.imports = imports
        self.known: dict[tuple[ast.AST, ast.AST], Reference | None] = {}

    def reference(self, here: Scope, there: Scope) -> Reference | None:
        """How the module that owns `there` is referred to in the module that owns `here`."""
        key = (here.module.node, there.module.node)
        if key not in self.known:
            importer, module = (self.imports.by_tree[node] for node in key)
            self.known[key] = self._imported(importer, module) or self._importable(importer, module, here.module)
        return self.known[key]

    def missing(self, here: ast.AST) -> Iterator[Reference]:
        """The references of a module that need an import."""
        return (r for (importer, _), r in self.known.items() if importer is here and r is not None and r.module)

    def _imported(self, importer: Module, module: Module) -> Reference | None:
        """What an import at the top of the module gives it already."""
        for statement in importer.tree.body:
            match statement:
                case ast.Import():
                    for alias in statement.names:
                        if self.imports.module(importer, alias.name) is module:
                            return Reference(alias.asname or alias.name)
                case ast.ImportFrom():
                    source = statement.module or ""
                    for alias in statement.names:
                        inner = f"{source}.{alias.name}" if source else alias.name
                        if self.imports.module(importer, inner, statement.level) is module:
                            return Reference(alias.asname or alias.name)
        return None

    def _importable(self, importer: Module, module: Module, scope: Scope) -> Reference | None:
        """An import in the way in which the module imports others of its neighbourhood."""
        for statement in ast.walk(importer.tree):
            named = [(statement.level, statement.module or "")] if isinstance(statement, ast.ImportFrom) else []
            if isinstance(statement, ast.Import):
                named = [(0, alias.name) for alias in statement.names]
            for level, dotted in named:
                found = self.imports.module(importer, dotted, level) if dotted or level else None
                inside = _below(found, module) if found is not None else None
                if inside is None:
                    continue
                *parents, last = [*filter(None, dotted.split(".")), *inside]
                above = "." * level + ".".join(parents)
                name = scope.free_name([last, f"{last}_module"])
                return Reference(name, above, last) if above else Reference(name, last)
        return None


def _below(package: Module, module: Module) -> list[str] | None:
    """The names that lead from a module to one inside of it, none for itself."""
    if package is module:
        return []
    if posixpath.basename(package.path) != "__init__.py":
        return None
    root = posixpath.dirname(package.path)
    if not module.path.startswith(f"{root}/"):
        return None
    inside = module.path[len(root) + 1 :].removesuffix(".py").removesuffix("/__init__")
    return inside.split("/")
