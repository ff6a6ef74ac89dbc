"""Handlers of the exceptions that V1 raised: they go on to catch what they caught."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Catch, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.naming import dotted
from al_codemod.rules.v1_names import everything
from al_codemod.semantics.places import Place
from al_codemod.surface.failures import BY_EFFECT, BY_MEMBER, CATCH_ALL, COVERS, Failure
from al_codemod.surface.kinds import REPOS
from al_codemod.surface.types import EXCEPTIONS, canonical

Catcher: TypeAlias = ast.ExceptHandler | ast.Call
SUPPRESS = "contextlib.suppress"
RAISES = "pytest.raises"


@dataclass(slots=True)
class Wanted:
    """The exceptions that a handler is to catch as well, and the places whose migration makes that so."""

    names: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def add(self, failure: Failure, places: Iterable[Place]) -> None:
        """Take in one way in which an operation may fail."""
        self.failures.append(failure)
        self.names += [n for n in failure.now if n not in self.names]
        self.places += [p for p in places if p not in self.places]


@rule(
    "AL511",
    "caught-exceptions",
    rows="imports.08 imports.12",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
try:
    repo.delete_branch("dev")
except ValueError:
    print("there is no such branch")
""",
    after="""
import icechunk
from arraylake import Client

repo = Client().get_repo("org/repo")
try:
    repo.delete_branch("dev")
except (ValueError, icechunk.IcechunkError):
    print("there is no such branch")
""",
)
def caught(context: Context) -> Iterator[Draft]:
    """A handler around V1 calls is widened by the exceptions that Icechunk raises for the same reasons.

    V1 raised `ValueError` for a branch or tag that is missing or exists already and for a conflict, `RuntimeError` for
    a commit that is not on a branch, `OSError` for a write into a read-only session. Icechunk has its own exceptions,
    which are none of these with every version. What a handler caught before, it still catches; `except Exception`
    needs no change. The same holds for `contextlib.suppress` and `pytest.raises`.
    """
    found: dict[Catcher, Wanted] = {}
    for node, failure, places in failures(context):
        for catcher in catchers(context, node, failure):
            if context.is_here(catcher):
                found.setdefault(catcher, Wanted()).add(failure, places)
    for handler in context.nodes(ast.ExceptHandler):
        if any(canonical(dotted(context, e)) in EXCEPTIONS for e in elements(handler)):
            found.setdefault(handler, Wanted())
    for catcher, wanted in found.items():
        yield from widened(context, catcher, wanted)
        if isinstance(catcher, ast.ExceptHandler) and catcher.name:
            yield from asked(context, catcher, wanted)


def failures(context: Context) -> Iterator[tuple[ast.AST, Failure, tuple[Place, ...]]]:
    """Every operation that may fail in one of the known ways."""
    carried = context.program.carried
    if carried is not None:
        for node, ways in carried.failures(context.program):
            yield from ((node, failure, (carried.place,)) for failure in ways)
    for event in context.program.events.all():
        places = tuple(context.program.places.of(event))
        for failure in BY_EFFECT.get(event.effect, ()):
            yield event.node, failure, places
    for member, ways in BY_MEMBER.items():
        for use in context.uses(REPOS, member):
            if use.call is not None:
                for failure in ways:
                    yield use.call, failure, context.place(use.value)


def catchers(context: Context, node: ast.AST, failure: Failure) -> Iterator[Catcher]:
    """What catches a failure at `node`: in the function itself, or where the function is called."""
    waiting, seen = [node], {node}
    while waiting:
        child = waiting.pop()
        for parent in context.program.ancestors(child):
            found = _catcher(context, parent, child, failure)
            if found is not None:
                yield found
                break
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                calls = [c for c in context.program.inference.calling.calls.get(parent, ()) if c not in seen]
                waiting += calls
                seen.update(calls)
                break
            child = parent


def _catcher(context: Context, parent: ast.AST, child: ast.AST, failure: Failure) -> Catcher | None:
    """The handler of `parent` that catches a failure in `child`, one of its parts."""
    match parent:
        case ast.Try() if child in parent.body:
            return next((h for h in parent.handlers if _catches(context, elements(h), failure, h.type is None)), None)
        case ast.With() | ast.AsyncWith() if child in parent.body:
            for item in parent.items:
                call = item.context_expr
                is_catcher = isinstance(call, ast.Call) and dotted(context, call.func) in (SUPPRESS, RAISES)
                if isinstance(call, ast.Call) and is_catcher and _catches(context, elements(call), failure):
                    return call
    return None


def elements(catcher: Catcher) -> list[ast.expr]:
    """The exceptions that are named."""
    handled = [catcher.type] if isinstance(catcher, ast.ExceptHandler) and catcher.type is not None else []
    named = handled if isinstance(catcher, ast.ExceptHandler) else catcher.args
    return [e for n in named for e in (n.elts if isinstance(n, ast.Tuple) else [n])]


def _catches(context: Context, named: list[ast.expr], failure: Failure, all_of_it: bool = False) -> bool:
    names = {_name(context, e) for e in named}
    covering = CATCH_ALL.union(*(COVERS[raised] for raised in failure.raised))
    return all_of_it or bool(names & covering)


def _name(context: Context, node: ast.expr) -> str:
    if isinstance(node, ast.Name) and context.program.is_builtin(node):
        return node.id
    return canonical(dotted(context, node))


def widened(context: Context, catcher: Catcher, wanted: Wanted) -> Iterator[Draft]:
    """One handler with all that it is to catch."""
    named = elements(catcher)
    names = [_name(context, e) for e in named]
    if not named or CATCH_ALL & set(names):
        return
    icechunk, needed = context.module("icechunk", catcher)
    holes: dict[str, ast.expr] = {}
    parts: list[str] = []
    for i, (element, name) in enumerate(zip(named, names, strict=True)):
        if name in EXCEPTIONS:
            parts += [f"icechunk.{e}" for e in EXCEPTIONS[name]]
        else:
            holes[f"e{i}"] = element
            parts.append(f"{{e{i}}}")
    added = [name for name in wanted.names if name not in {*names, *parts}]
    if not added and not any(name in EXCEPTIONS for name in names):
        return
    text = ", ".join(p.replace("icechunk", icechunk, 1) if p.startswith("icechunk.") else p for p in (*parts, *added))
    message = f"catch {', '.join(added)} too" if added else "catch the exceptions that Icechunk raises"
    edits = (_edit(context, catcher, text, holes), *needed)
    places = tuple(wanted.places) or everything(context)
    yield Draft(_shown(catcher), message, Applicability.REVIEW, edits, places)


def asked(context: Context, handler: ast.ExceptHandler, wanted: Wanted) -> Iterator[Draft]:
    """`isinstance` of the exception that a handler has caught."""
    inside = {node for statement in handler.body for node in ast.walk(statement)}
    for call in context.nodes(ast.Call):
        if call not in inside or not isinstance(call.func, ast.Name) or call.func.id != "isinstance":
            continue
        match call.args:
            case [ast.Name(id=name), kinds] if name == handler.name:
                named = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
                ways = [f for f in wanted.failures if _catches(context, named, f)]
                names = list(dict.fromkeys(n for f in ways for n in f.now))
                icechunk, needed = context.module("icechunk", call)
                holes = {f"e{i}": element for i, element in enumerate(named)}
                text = ", ".join(
                    [*(f"{{{hole}}}" for hole in holes), *(n.replace("icechunk", icechunk) for n in names)]
                )
                edits: tuple[Edit, ...] = (ReplaceExpression(kinds, Template(f"({text})", holes)), *needed)
                if names and not any(_name(context, e) in {*CATCH_ALL, *EXCEPTIONS} for e in named):
                    message = f"{', '.join(names)} too"
                    yield Draft(call, message, Applicability.REVIEW, edits, tuple(wanted.places))


def _shown(catcher: Catcher) -> ast.AST:
    return catcher.type or catcher if isinstance(catcher, ast.ExceptHandler) else catcher


def _edit(context: Context, catcher: Catcher, text: str, holes: dict[str, ast.expr]) -> Edit:
    if isinstance(catcher, ast.Call) and dotted(context, catcher.func) == SUPPRESS:
        return ReplaceExpression(catcher, Template(f"{{function}}({text})", {"function": catcher.func, **holes}))
    old = catcher.args[0] if isinstance(catcher, ast.Call) else catcher.type
    return Catch(old or ast.Tuple([]), Template(f"({text})", holes))
