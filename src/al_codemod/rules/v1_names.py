"""Where a module names classes of V1: which imports bind them, where they are used, what they will be called."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import Scope
from al_codemod.surface.types import EXCEPTIONS, TYPES, Replacement, canonical

ImportNode: TypeAlias = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class Binding:
    """One name that an import statement binds: to `name`, which is canonical."""

    statement: ImportNode
    alias: ast.alias
    scope: Scope
    name: str

    @property
    def local(self) -> str:
        """The name that is bound."""
        return self.alias.asname or self.alias.name.partition(".")[0]

    @property
    def is_plain_package(self) -> bool:
        """Whether this is `import arraylake.x`, which binds no name but that of the package."""
        return isinstance(self.statement, ast.Import) and self.alias.asname is None


@dataclass(frozen=True, slots=True)
class NameUse:
    """One use of a V1 class: by `node`, or within the string annotation `node` at `start` to `end` of its text."""

    node: ast.expr
    name: str
    local: tuple[Scope, str] | None
    start: int = 0
    end: int = 0

    @property
    def is_quoted(self) -> bool:
        """Whether the use is within a string."""
        return isinstance(self.node, ast.Constant)


@dataclass
class V1Names:
    """The bindings and uses of V1 classes in one module."""

    context: Context
    bindings: list[Binding] = field(default_factory=list)
    uses: list[NameUse] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bindings = [*bindings(self.context)]
        if any(_leads_to_v1(b.name) for b in self.bindings):
            self.uses = [*self._uses(), *self._quoted()]

    def used(self, local: tuple[Scope, str]) -> list[NameUse]:
        """The uses of one bound name."""
        return [use for use in self.uses if use.local == local]

    def stays(self, use: NameUse) -> bool:
        """Whether a use cannot be put into words of Icechunk, so that its name has to stay."""
        return not use.is_quoted and hinders(self.context, use.node, use.name)

    def is_kept(self, local: tuple[Scope, str]) -> bool:
        """Whether a name stays bound to what it is bound to, because some use of it stays."""
        return any(self.stays(use) for use in self.used(local))

    def new_name(self, binding: Binding) -> str:
        """What the replacement of a bound class is called; the old name, where that must or may as well stay."""
        new = TYPES[binding.name]
        local = (binding.scope, binding.local)
        if (
            binding.alias.asname
            or self.is_mixed(binding)
            or not self.used(local)
            or binding.local in exported(self.context)
        ):
            return binding.local
        if not new.module:
            return new.member
        if self.context.imported(f"{new.module}.{new.member}", binding.scope):
            return new.member
        taken = self.context.scope.names()
        return binding.local if new.member in taken else new.member

    def is_mixed(self, binding: Binding) -> bool:
        """Whether a name is bound otherwise than by imports of V1 too."""
        local = (binding.scope, binding.local)
        return binding.scope.bindings.get(binding.local) != len(
            [b for b in self.bindings if (b.scope, b.local) == local]
        )

    def is_given_away(self, binding: Binding) -> bool:
        """Whether other modules may get a name from this one."""
        program, here = self.context.program, self.context.source
        if not binding.scope.is_module:
            return False
        if binding.local in exported(self.context):
            return True
        others = [m for m in program.modules if m is not here]
        for module in others:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ImportFrom) and any(a.name in ("*", binding.local) for a in node.names):
                    if program.imports.module(module, node.module or "", node.level) is here:
                        return True
        return any(program.module(n) in others for n in program.attributes(binding.local))

    # -- uses

    def _uses(self) -> Iterator[NameUse]:
        nodes: list[ast.Name | ast.Attribute] = [*self.context.nodes(ast.Name), *self.context.nodes(ast.Attribute)]
        for node in nodes:
            if isinstance(node.ctx, ast.Load):
                name = canonical(dotted(self.context, node))
                if name in TYPES or name in EXCEPTIONS:
                    yield NameUse(node, name, self._local(node, self.context.program.scope(node)))

    def _quoted(self) -> Iterator[NameUse]:
        """Uses within annotations that are strings, or partly so."""
        for node in quoted_annotations(self.context):
            tree = _parsed(node.value)
            scope = self.context.program.scope(node)
            for inner in ast.walk(tree) if tree is not None else ():
                if not isinstance(inner, ast.Name | ast.Attribute):
                    continue
                name = canonical(dotted(self.context, inner, scope))
                if name in TYPES or name in EXCEPTIONS:
                    yield NameUse(node, name, self._local(inner, scope), inner.col_offset, inner.end_col_offset or 0)

    def _local(self, node: ast.expr, scope: Scope) -> tuple[Scope, str] | None:
        owner = scope.owner(node.id) if isinstance(node, ast.Name) else None
        return (owner, node.id) if owner is not None and isinstance(node, ast.Name) else None


def bindings(context: Context) -> Iterator[Binding]:
    """Every name that an import of arraylake binds."""
    statements: list[ImportNode] = [*context.nodes(ast.ImportFrom), *context.nodes(ast.Import)]
    for statement in statements:
        scope = context.program.scope(statement)
        for alias in statement.names:
            if isinstance(statement, ast.Import):
                name = alias.name
            elif statement.level or alias.name == "*":
                continue
            else:
                name = f"{statement.module}.{alias.name}"
            if name.partition(".")[0] == "arraylake":
                owner = scope.store_owner(alias.asname or alias.name.partition(".")[0])
                yield Binding(statement, alias, owner, canonical(name))


def hinders(context: Context, node: ast.expr, name: str) -> bool:
    """Whether a class is constructed, subclassed or asked for its members, for which its successor is no substitute."""
    if TYPES.get(name, Replacement("")).module == "" and name in TYPES:
        return False
    match context.program.parents.get(node):
        case ast.Call(func=function) if function is node:
            return True
        case ast.Attribute():
            return True
        case ast.ClassDef():
            return True
        case ast.Raise():
            return True
    return False


def everything(context: Context) -> tuple[Place, ...]:
    """All places of a module: a V1 type stays in a file in which a V1 repo stays."""
    if context.program.carried is not None:
        return (context.program.carried.place,)
    return tuple(
        place
        for place in context.program.places.all
        if any(context.is_here(n) for n in (*(o.node for o in place.origins), *(e.node for e in place.events)))
    )


def is_guarded(context: Context, statement: ImportNode) -> bool:
    """Whether a `try` stands around an import to find out whether it works: no single names are taken out of it."""
    return any(isinstance(parent, ast.Try) for parent in context.program.ancestors(statement))


def exported(context: Context) -> set[str]:
    """The names in `__all__`."""
    found: set[str] = set()
    for statement in context.source.tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as value):
                found |= {e.value for e in value.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}
    return found


def annotations(context: Context) -> Iterator[ast.expr]:
    """Every annotation, and what stands for one: the first argument of `typing.cast`, the `bound=` of a `TypeVar`."""
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [
        *context.nodes(ast.FunctionDef),
        *context.nodes(ast.AsyncFunctionDef),
    ]
    for function in functions:
        if function.returns is not None:
            yield function.returns
    for parameter in context.nodes(ast.arg):
        if parameter.annotation is not None:
            yield parameter.annotation
    for assignment in context.nodes(ast.AnnAssign):
        yield assignment.annotation
        if isinstance(assignment.annotation, ast.Name) and assignment.annotation.id == "TypeAlias" and assignment.value:
            yield assignment.value
    for call in context.nodes(ast.Call):
        name = dotted(context, call.func).rpartition(".")[2]
        if name == "cast" and call.args:
            yield call.args[0]
        elif name == "TypeVar":
            yield from (k.value for k in call.keywords if k.arg == "bound")


def quoted_annotations(context: Context) -> Iterator[ast.Constant]:
    """The strings in annotations that are types themselves."""
    for annotation in annotations(context):
        yield from _strings(annotation)


def _strings(node: ast.expr) -> Iterator[ast.Constant]:
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.Subscript():
            wrapper = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if wrapper != "Literal":
                for part in inner[:1] if wrapper == "Annotated" else inner:
                    yield from _strings(part)
        case ast.BinOp():
            yield from _strings(node.left)
            yield from _strings(node.right)
        case ast.List() | ast.Tuple():
            for part in node.elts:
                yield from _strings(part)


def _parsed(text: object) -> ast.expr | None:
    """The expression in a string; positions in it are those of the text, so that it is one plain line."""
    if not isinstance(text, str) or not text.isascii() or "\n" in text:
        return None
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _leads_to_v1(name: str) -> bool:
    """Whether an imported name may be that of a V1 class or exception, or of a module that has some."""
    return name.startswith("arraylake") and name not in {
        "arraylake.Client",
        "arraylake.AsyncClient",
        "arraylake.config",
    }
