"""The module of a program that is to define something which several modules need, and how these import it from there."""

import ast
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from al_codemod.rewrite.edits import AddImport
from al_codemod.semantics.modules import Module
from al_codemod.semantics.working_copies import is_handed_on, is_opening
from al_codemod.surface.types import REPO, canonical

if TYPE_CHECKING:
    from al_codemod.rules.base import Context, Shared
    from al_codemod.semantics.program import Program

NAMES = ("WorkingCopy", "RepoWorkingCopy", "ArraylakeWorkingCopy")


@dataclass(frozen=True, slots=True)
class Home:
    """A class called `name` that `module` is to define; `dotted` is how each other module that needs it names that one."""

    module: Module
    name: str
    dotted: dict[str, str]

    @classmethod
    def of_program(cls, shared: "Shared") -> "Home | None":
        """The home of the class of a program, in a module that imports none of the others which need it."""
        program = shared.program
        users = [m for m in program.modules if _needs_it(program, m)]
        users.sort(key=lambda m: not any(is_opening(program, n) for n in ast.walk(m.tree)))
        taken = {name for m in program.modules for name in program.scopes[m.tree].names()}
        name = next((n for n in NAMES if n not in taken), None)
        for module in users if name is not None else ():
            assert name is not None
            if all(_is_head(s) for s in module.tree.body):
                continue
            if any(u in _imported_by(program, module) for u in users if u is not module):
                continue
            dotted = {u.path: _dotted(program, u, module) for u in users if u is not module}
            if all(dotted.values()):
                return cls(module, name, {path: at for path, at in dotted.items() if at is not None})
        return None

    def name_in(self, context: "Context") -> tuple[str, tuple[AddImport, ...]]:
        """What the class is called in a module, and the import that this needs."""
        if context.source is self.module:
            return self.name, ()
        return self.name, (AddImport(self.dotted[context.source.path], self.name, self.name),)

    def import_as(self, context: "Context", name: str) -> str:
        """The statement that imports the class into another module under a name."""
        alias = "" if name == self.name else f" as {name}"
        return f"from {self.dotted[context.source.path]} import {self.name}{alias}"

    @property
    def anchor(self) -> ast.stmt:
        """The first statement of the module that is no import or docstring."""
        body = self.module.tree.body
        return next((s for s in body if not _is_head(s)), body[-1])


def home_of(context: "Context") -> Home | None:
    """The home of the class that takes the place of V1's repos, where these are kept with their sessions."""
    return context.shared.once(Home.of_program) if context.program.carried is not None else None


def _needs_it(program: "Program", module: Module) -> bool:
    """Whether a module opens a repo, or speaks of the class of repos."""
    for node in ast.walk(module.tree):
        opens = is_opening(program, node) or is_handed_on(program, node)
        if opens or any(canonical(v.name) == REPO for v in program.of(node)):
            return True
        if isinstance(node, ast.ImportFrom) and not node.level:
            if any(canonical(f"{node.module}.{alias.name}") == REPO for alias in node.names):
                return True
    return False


def _imported_by(program: "Program", module: Module) -> set[Module]:
    """All modules of the program that run when one is imported."""
    found: set[Module] = set()
    work = [module]
    while work:
        tree = work.pop().tree
        inside = {node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}
        for imported in (m for s in inside for m in program.imports.statements.get(s, ())):
            if imported not in found:
                found.add(imported)
                work.append(imported)
    return found


def _dotted(program: "Program", importer: Module, module: Module) -> str | None:
    """How one module names another one in an import, after the imports that it has."""
    for statement in ast.walk(importer.tree):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                if program.imports.module(importer, alias.name) is module:
                    return alias.name
        elif isinstance(statement, ast.ImportFrom):
            source = "." * statement.level + (statement.module or "")
            if statement.module and program.imports.module(importer, statement.module, statement.level) is module:
                return source
            for alias in statement.names:
                inner = f"{statement.module}.{alias.name}" if statement.module else alias.name
                if program.imports.module(importer, inner, statement.level) is module:
                    return f"{source}.{alias.name}" if statement.module else f"{source}{alias.name}"
    reference = program.places.reach.reference(program.scopes[importer.tree], program.scopes[module.tree])
    if reference is None or not reference.module:
        return _as_others_do(program, importer, module)
    if not reference.member:
        return reference.module
    joint = "" if reference.module.endswith(".") else "."
    return f"{reference.module}{joint}{reference.member}"


def _as_others_do(program: "Program", importer: Module, module: Module) -> str | None:
    """How a module names another one that it imports nothing near to: as others do, or by its place beside it."""
    statements = [n for m in program.modules for n in ast.walk(m.tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    full = [a.name for n in statements if isinstance(n, ast.Import) for a in n.names]
    relative = False
    for statement in statements:
        if isinstance(statement, ast.ImportFrom):
            source = statement.module or ""
            relative |= statement.level > 0
            full += [source, *(f"{source}.{a.name}" for a in statement.names)] if not statement.level else []
    if any(program.imports.module(importer, name) is module for name in full):
        return next(name for name in full if program.imports.module(importer, name) is module)
    here, there = (posixpath.dirname(m.path) for m in (importer, module))
    inside = posixpath.relpath(module.path, here or ".").removesuffix(".py").removesuffix("/__init__")
    ups = inside.split("/").count("..")
    name = ".".join(part for part in inside.split("/") if part != "..")
    if relative and program.imports.module(importer, name, ups + 1) is module:
        return "." * (ups + 1) + name
    alone = here == there and not program.imports.module(importer, "", 1)
    return name if alone and program.imports.module(importer, name) is module else None


def _is_head(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case ast.Try(body=body):
            return all(isinstance(s, ast.Import | ast.ImportFrom) for s in body)
    return False
