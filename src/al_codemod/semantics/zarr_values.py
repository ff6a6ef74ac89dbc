"""Plain zarr: the groups, arrays and stores of a program that are not known to hang on a V1 repo.

They have kinds of their own and no origin, so that nothing that is about repos and sessions ever sees them. They are looked for
only when everything about repos is settled: what might turn out to be a handle of a repo is not called plain before.
"""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.values import NOTHING, OTHER, Value, Values, union
from al_codemod.semantics.zarr_children import text_of
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.members import GROUP_MEMBERS
from al_codemod.surface.zarr.values import ARRAY_ONLY, CHILDREN, FUNCTIONS, METHODS, PAIRS, STORES, TYPES

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference
    from al_codemod.semantics.scopes import Scope

GROUPS: Final = frozenset({Kind.ZARR_GROUP, Kind.ZARR_NODE})
FORMAT_2: Final = "format 2"
"""The name of a value that is told to be in zarr's format 2."""
PLAIN: Final = GROUPS | {Kind.ZARR_ARRAY, Kind.ZARR_STORE}


def called(inference: "Inference", node: ast.Call) -> Values:
    """What a call gives: of a function or class of zarr, or of a method of a plain group."""
    if not inference.settled:
        return NOTHING
    names = (v.name for v in inference.of(node.func) if v.kind is Kind.NAME)
    found = union(_made(name, node) for name in names)
    if isinstance(node.func, ast.Attribute):
        groups = [v for v in inference.of(node.func.value) if v.kind in GROUPS]
        gives = METHODS.get(node.func.attr)
        found |= frozenset(Value(gives, v.name, node=node) for v in groups if gives is not None)
    return found


def _made(name: str, node: ast.Call) -> Values:
    if name in STORES:
        return frozenset({Value(Kind.ZARR_STORE, STORES[name], node=node)})
    kind = FUNCTIONS.get(name) or TYPES.get(name)
    if kind is None:
        return NOTHING
    keywords = {k.arg: k.value for k in node.keywords}
    if kind is Kind.ZARR_NODE and keywords.keys() & ARRAY_ONLY:
        kind = Kind.ZARR_ARRAY
    told = (keywords.get("zarr_version"), keywords.get("zarr_format"))
    is_old = any(isinstance(t, ast.Constant) and t.value == 2 for t in told)
    return frozenset({Value(kind, FORMAT_2 if is_old else "", node=node)})


def member(inference: "Inference", base: Value, node: ast.Attribute) -> Values:
    """What an attribute of a plain group is: a store, or, in zarr 2, a child."""
    if base.kind is Kind.ZARR_STORE:
        return NOTHING
    if node.attr == "store":
        return store_of(inference, base)
    if base.kind is Kind.ZARR_GROUP and node.attr not in GROUP_MEMBERS and not node.attr.startswith("_"):
        return inference.children.of(node.attr, base.name) or frozenset({Value(Kind.ZARR_NODE, base.name)})
    return NOTHING


def store_of(inference: "Inference", base: Value, depth: int = 4) -> Values:
    """The store of a node: the one that it was opened on, or that of the group that it was got from."""
    made = base.node
    unknown = frozenset({Value(Kind.ZARR_STORE, node=made)})
    if not isinstance(made, ast.Call) or not depth:
        return unknown
    if isinstance(made.func, ast.Attribute):
        groups = [v for v in inference.of(made.func.value) if v.kind in GROUPS]
        if groups:
            return union(store_of(inference, group, depth - 1) for group in groups)
    given = next((k.value for k in made.keywords if k.arg == "store"), made.args[0] if made.args else None)
    stores = frozenset(v for v in inference.of(given) if v.kind is Kind.ZARR_STORE)
    return stores or unknown


def item(inference: "Inference", base: Value, index: ast.expr) -> Values:
    """What an item of a plain group is."""
    text = isinstance(index, ast.JoinedStr) or bool(text_of(index))
    if base.kind is Kind.ZARR_GROUP or (base.kind is Kind.ZARR_NODE and text):
        known = inference.children.of(text_of(index), base.name) if text_of(index) else NOTHING
        return known or frozenset({Value(Kind.ZARR_NODE, base.name)})
    return NOTHING


def elements(inference: "Inference", source: ast.expr | None, table: "dict[str, Kind]") -> Values:
    """What iterating over a method of a plain group gives: a node, or the second of a pair of its name and it."""
    while isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.args:
        source = source.args[0]  # sorted(...), list(...), and their like
    if not isinstance(source, ast.Call) or not isinstance(source.func, ast.Attribute):
        return NOTHING
    kind = table.get(source.func.attr)
    groups = inference.of(source.func.value)
    if kind is None or not any(v.kind in GROUPS for v in groups):
        return NOTHING
    return frozenset({Value(kind)}) | (groups & OTHER)


def paired(inference: "Inference", source: ast.expr | None) -> Values:
    """What `group.arrays()` and its like give together with a name."""
    return elements(inference, source, PAIRS)


def children(inference: "Inference", source: ast.expr | None) -> Values:
    """What `group.values()` gives, one by one."""
    return elements(inference, source, CHILDREN)


def annotated(inference: "Inference", node: ast.expr | None, scope: "Scope | None") -> Values:
    """What an annotation such as `zarr.Group`, `Optional[zarr.Array]` or `zarr.Group | None` promises."""
    if node is None or scope is None or not inference.settled:
        return NOTHING
    match node:
        case ast.Constant(value=str() as text):
            try:
                return annotated(inference, ast.parse(text, mode="eval").body, scope)
            except SyntaxError:
                return NOTHING
        case ast.Name() | ast.Attribute():
            name = inference.annotations.dotted(node, scope)
            kind = TYPES.get(name)
            if name in STORES and not inference.annotations.uses_arraylake:
                return frozenset({Value(Kind.ZARR_STORE, STORES[name])})
            return frozenset({Value(kind)}) if kind is not None else NOTHING
        case ast.Subscript():
            wrapper = inference.annotations.dotted(node.value, scope).rpartition(".")[2]
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if wrapper in {"Optional", "Annotated"}:
                return annotated(inference, parts[0], scope)
            if wrapper == "Union":
                return _all_of(inference, parts, scope)
            return inference.collections.annotated(node, wrapper, scope)
        case ast.BinOp(op=ast.BitOr()):
            return _all_of(inference, [node.left, node.right], scope)
    return NOTHING


def _all_of(inference: "Inference", parts: "list[ast.expr]", scope: "Scope") -> Values:
    """The values of a union, if every part of it but `None` is zarr's: one that may be a numpy array proves nothing."""
    wanted = [p for p in parts if not (isinstance(p, ast.Constant) and p.value is None)]
    found = [annotated(inference, p, scope) for p in wanted]
    return union(found) if all(found) else NOTHING
