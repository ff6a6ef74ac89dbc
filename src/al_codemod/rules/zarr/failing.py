"""What zarr raises, where it is caught, and what its objects are, where that is asked."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Catch, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.exceptions import Catcher, elements
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.silent_made import MAKERS, store_position
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    constant,
    is_imported,
    is_only,
    may_be_zarr_2,
    named_calls,
    references,
    supposed,
    zarr_rule,
)
from al_codemod.rules.zarr.written import known
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind

RENAMED: Final[dict[str, str]] = {
    "PathNotFoundError": "FileNotFoundError",
    "ArrayNotFoundError": "FileNotFoundError",
    "GroupNotFoundError": "FileNotFoundError",
    "ReadOnlyError": "ValueError",
    "FSPathExistNotDir": "NotADirectoryError",
}
ALSO: Final = frozenset({"ContainsGroupError", "ContainsArrayError"})
"""Exceptions that are still raised, and others in their place."""
KEPT: Final = frozenset({*ALSO, "ArrayNotFoundError", "GroupNotFoundError"})
"""Names that zarr 3 has too, so that they prove nothing."""
OPENING: Final = frozenset(
    {"zarr.open", "zarr.open_group", "zarr.open_array", "xarray.open_zarr", "zarr.open_consolidated"}
)
ABSTRACT: Final = frozenset(
    {
        *(f"collections.{name}" for name in ("abc.MutableMapping", "abc.Mapping", "UserDict")),
        *("typing.MutableMapping", "typing.Mapping"),
    }
)


@zarr_rule(
    "AL464",
    "zarr-2-exception",
    rows="Z005 Z006 Z007 Z008 Z009 Z012 Z013 Z068 Z069 Z070 Z079 Z186 Z297 Z298 Z299 Z300 Z301 Z378 Z379 Z380 Z402",
    before="""
import zarr
from zarr.errors import PathNotFoundError

try:
    root = zarr.open("rain.zarr", mode="r")
except PathNotFoundError:
    root = None
""",
    after="""
import zarr

try:
    root = zarr.open("rain.zarr", mode="r")
except FileNotFoundError:
    root = None
""",
)
def exceptions(context: Context) -> Iterator[Draft]:
    """What is missing is a `FileNotFoundError`, what is there already a `FileExistsError`, read-only a `ValueError`.

    Handlers of zarr's own exceptions, and of those that they were derived from, go on to catch what they caught.
    """
    caught: set[ast.AST] = set()
    for catcher in _catchers(context):
        caught |= set(elements(catcher))
        yield from _renamed(context, catcher)
    yield from _elsewhere(context, caught)
    for handler in context.nodes(ast.ExceptHandler) if may_be_zarr_2(context) else ():
        yield from _widened(context, handler)


def _elsewhere(context: Context, caught: set[ast.AST]) -> Iterator[Draft]:
    """Exceptions of zarr 2 that are raised, or given another name."""
    for node, name in references(context):
        short = name.removeprefix("zarr.errors.")
        if short in RENAMED.keys() - KEPT and name != short and node not in caught and isinstance(node.ctx, ast.Load):
            message = f"zarr 3 has no {short}, and raises {RENAMED[short]} in its place"
            edit = ReplaceExpression(node, Template(RENAMED[short]))
            yield Draft(node, message, Applicability.REVIEW, (edit,))


def _catchers(context: Context) -> Iterator[Catcher]:
    yield from context.nodes(ast.ExceptHandler)
    for call, name in named_calls(context):
        if name in {"contextlib.suppress", "pytest.raises"}:
            yield call


def _renamed(context: Context, catcher: Catcher) -> Iterator[Draft]:
    known = {e.id for e in elements(catcher) if isinstance(e, ast.Name)}
    for element in elements(catcher):
        name = dotted(context, element) if is_imported(context, element) else ""
        short = name.removeprefix("zarr.errors.").removeprefix("zarr.")
        if short in KEPT and not may_be_zarr_2(context):
            continue
        if not name.startswith("zarr.") or isinstance(context.program.parents.get(element), ast.Starred):
            continue
        if short in RENAMED:
            new = RENAMED[short]
            message = f"zarr 3 raises {new} where zarr 2 raised {short}"
            draft = Draft(element, message, Applicability.REVIEW, (ReplaceExpression(element, Template(new)),))
            yield draft if short not in KEPT else supposed(context, draft, new)
        elif short in ALSO and isinstance(catcher, ast.ExceptHandler):
            new, message = _instead_of(context, catcher)
            old = catcher.type
            assert old is not None
            if new in known:
                continue
            if isinstance(old, ast.Tuple):
                holes = {f"e{i}": e for i, e in enumerate(old.elts)}
                text = f"({', '.join(f'{{{h}}}' for h in holes)}, {new})"
            else:
                holes, text = {"e": old}, f"({{e}}, {new})"
            known.add(new)
            draft = Draft(element, message, Applicability.REVIEW, (Catch(old, Template(text, holes)),))
            yield supposed(context, draft, new)


def _instead_of(context: Context, handler: ast.ExceptHandler) -> tuple[str, str]:
    """What is raised where zarr 2 said that something else is there already, and how to say that."""
    body = context.program.parents.get(handler)
    inside = {n for s in body.body for n in ast.walk(s)} if isinstance(body, ast.Try) else set()
    for call, name in named_calls(context):
        if call in inside and name in {"zarr.open", "zarr.open_group", "zarr.open_array"}:
            if constant(argument(call, 1, "mode")) in ("r", "r+", "a") and name != "zarr.open":
                return "ValueError", "what is of the other kind is another ValueError in zarr 3"
            if constant(argument(call, 1, "mode")) in ("r", "r+", "a"):
                return "TypeError", "a group in place of an array is a TypeError in zarr 3"
    return "FileExistsError", "mode='w-' raises FileExistsError in zarr 3"


WIDENED: Final = frozenset({"ValueError", "KeyError", "PermissionError", "TypeError"})
"""What is widened."""


def _widened(context: Context, handler: ast.ExceptHandler) -> Iterator[Draft]:
    """Handlers of what zarr's own exceptions were derived from, around what raises something else now."""
    body = context.program.parents.get(handler)
    old = handler.type
    if not isinstance(body, ast.Try) or not isinstance(old, ast.Name) or old.id not in WIDENED:
        return
    others = {n.id for h in body.handlers for n in elements(h) if isinstance(n, ast.Name)}
    inside = {n for s in body.body for n in ast.walk(s)}
    calls = [(c, n) for c, n in named_calls(context) if c in inside]
    modes = {known(context, argument(c, 1, "mode")) for c, n in calls if n in OPENING}
    wants = any(n == "zarr.open_consolidated" or any(k.arg == "consolidated" for k in c.keywords) for c, n in calls)
    met: dict[str, list[tuple[bool, str, str]]] = {
        "ValueError": [
            (bool({"r", "r+"} & modes), "FileNotFoundError", "what is missing is no ValueError in zarr 3"),
            (bool({"w-", "x"} & modes), "FileExistsError", "what is there already is no ValueError in zarr 3"),
        ],
        "KeyError": [(wants, "ValueError", "metadata that is not consolidated is a ValueError in zarr 3")],
        "PermissionError": [
            (
                old.id == "PermissionError" and _writes(context, inside),
                "ValueError",
                "what is read-only is a ValueError in zarr 3",
            )
        ],
        "TypeError": [
            (
                any(n == "dask.array.from_zarr" for _, n in calls),
                "FileNotFoundError",
                "what is missing is a FileNotFoundError in zarr 3",
            )
        ],
    }
    news = [(new, said) for is_met, new, said in met[old.id] if is_met and not others & {new, "OSError", "Exception"}]
    if news:
        names = ", ".join(new for new, _ in news)
        edit = Catch(old, Template(f"({{old}}, {names})", {"old": old}))
        draft = Draft(old, "; ".join(said for _, said in news), Applicability.REVIEW, (edit,))
        yield supposed(context, draft, f"({old.id}, {names})")


def _writes(context: Context, nodes: set[ast.AST]) -> bool:
    """Whether some of the nodes write to an array or group."""
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = (
                node.value.value if isinstance(node.value, ast.Attribute) and node.value.attr == "attrs" else node.value
            )
            if is_only(context, owner, ALL_NODES):
                return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            if is_only(context, node.func.value, ALL_NODES):
                return True
    return False


WRITING: Final = frozenset(
    "append resize create_group require_group create_dataset require_dataset zeros ones full empty array".split()
)


@zarr_rule(
    "AL465",
    "zarr-is-no-mapping",
    rows="Z158 Z171 Z262",
    before="""
from collections.abc import MutableMapping

import zarr

root = zarr.open_group("rain.zarr", mode="r")
print(isinstance(root, MutableMapping))
""",
    after="""
from collections.abc import MutableMapping

import zarr

root = zarr.open_group("rain.zarr", mode="r")
print(isinstance(root, MutableMapping))
""",
)
def mappings(context: Context) -> Iterator[Draft]:
    """Groups and stores of zarr 3 are no mappings, so that `isinstance` says no, and a mapping is no store."""
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "isinstance" and len(call.args) == 2:
            asked = {dotted(context, n) for n in ast.walk(call.args[1]) if isinstance(n, ast.Name | ast.Attribute)}
            kinds = {v.kind for v in context.program.of(call.args[0])}
            if asked & ABSTRACT and kinds & (ALL_NODES | {Kind.ZARR_STORE}):
                instead = "isinstance(group, zarr.Group), isinstance(store, zarr.abc.store.Store)"
                yield Draft(call, "groups and stores of zarr 3 are no mappings", Applicability.MANUAL, instead=instead)
    mappings_here = {
        c.name for c in context.nodes(ast.ClassDef) if any(dotted(context, b) in ABSTRACT for b in c.bases)
    }
    for call, name in named_calls(context):
        store = argument(call, store_position(name), "store") if name in MAKERS else None
        value = (context.assigned(store) if isinstance(store, ast.Name) else None) or store
        if store is not None and isinstance(value, ast.Call) and getattr(value.func, "id", "") in mappings_here:
            instead = "a subclass of zarr.abc.store.Store"
            yield Draft(store, "zarr 3 takes no mapping as a store", Applicability.MANUAL, instead=instead)
