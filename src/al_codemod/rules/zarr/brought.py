"""Keywords that a dict brings into calls of zarr with `**`, where nothing else is done with the dict."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import without
from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.support import PLAIN_NODES, constant
from al_codemod.rules.zarr.written import attribute, targets
from al_codemod.semantics.arguments import all_parameters
from al_codemod.surface.zarr.signatures import METHODS, SIGNATURES

Literal = ast.Dict | ast.Call
Owner = Literal | ast.Assign
"""What holds a keyword: a dict, a call that passes it, or a statement that sets it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One keyword of such a dict: as an argument, and where it is written."""

    argument: ast.keyword
    literal: Owner
    key: ast.expr | None
    """What names it in a dict; a call has the argument itself."""
    statement: ast.stmt | None = None
    """The statement that does nothing but set it."""


def items_of(context: Context, call: ast.Call) -> dict[ast.keyword, Item]:
    """The keywords that are brought into a call by dicts that are there for such calls only."""
    if context.uses_arraylake:
        return {}
    unpacked = [k.value for k in call.keywords if k.arg is None]
    literals = (private(context, value) for value in unpacked)
    made = context.once(_made)
    found = {
        item.argument: item
        for literal in literals
        if literal is not None
        for item in made.setdefault(literal, tuple(_items(context, literal)))
    }
    for value in unpacked:
        uses = _behind(context, value)[1] if private(context, value) is not None else []
        added = [item for use in uses if (item := _added(context, use)) is not None]
        found |= {item.argument: item for item in _kept(context, value, added)}
    for value in unpacked:
        if isinstance(value, ast.Name):
            found |= {item.argument: item for item in forwarded(context, value)}
    return found


def _kept(context: Context, value: ast.expr, items: list[Item]) -> tuple[Item, ...]:
    """The same items for each call that a dict is unpacked into."""
    literal = private(context, value)
    known = context.once(_added_to)
    return known.setdefault(literal, tuple(items)) if literal is not None else ()


def _added_to(_: Context) -> dict[Literal, tuple[Item, ...]]:
    return {}


# -- keywords that a function hands on


def forwarded(context: Context, name: ast.Name) -> tuple[Item, ...]:
    """What comes in by the `**` of a function that does nothing with it but hand it on: from its callers, and from itself."""
    function = context.program.scope(name).owner(name.id)
    node = function.node if function is not None else None
    if not isinstance(node, ast.FunctionDef) or node.args.kwarg is None or node.args.kwarg.arg != name.id:
        return ()
    known = context.once(_forwarded)
    if node not in known:
        known[node] = tuple(_coming_in(context, node, name.id)) if _only_hands_on(context, node, name.id) else ()
    return known[node]


def _forwarded(_: Context) -> dict[ast.AST, tuple[Item, ...]]:
    return {}


def _only_hands_on(context: Context, function: ast.FunctionDef, name: str) -> bool:
    """Whether a function only hands its keywords on to calls of zarr, and all its callers are seen, with theirs."""
    calls = context.program.inference.calling.calls.get(function, ())
    scope = context.program.scopes[function]
    uses = [n for n in context.loads(name) if context.program.scope(n).owner(name) is scope]
    seen = all(context.is_here(c) and all(k.arg is not None for k in c.keywords) for c in calls)
    return bool(calls) and seen and all(_is_unpacked(context, n) or _added(context, n) is not None for n in uses)


def _added(context: Context, use: ast.expr) -> Item | None:
    """`keywords.setdefault(name, value)` and `keywords[name] = value`."""
    parent = context.program.parents.get(use)
    around = context.program.parents.get(parent) if parent is not None else None
    if isinstance(parent, ast.Attribute) and isinstance(around, ast.Call) and parent.attr == "setdefault":
        statement = context.program.parents.get(around)
        if len(around.args) == 2 and isinstance(statement, ast.Expr):
            return _written(around, around.args[0], around.args[1], statement)
    if isinstance(parent, ast.Subscript) and isinstance(around, ast.Assign) and around.targets == [parent]:
        return _written(around, parent.slice, around.value, around)
    return None


def _written(owner: ast.Call | ast.Assign, key: ast.expr, value: ast.expr, statement: ast.stmt) -> Item | None:
    name = constant(key)
    if not isinstance(name, str):
        return None
    return Item(ast.copy_location(ast.keyword(name, value), value), owner, key, statement)


def _coming_in(context: Context, function: ast.FunctionDef, name: str) -> Iterator[Item]:
    own = {p.arg for p in all_parameters(function)}
    for call in context.program.inference.calling.calls.get(function, ()):
        yield from (Item(k, call, None) for k in call.keywords if k.arg is not None and k.arg not in own)
    for use in context.loads(name):
        item = _added(context, use)
        if item is not None and context.program.scope(use).owner(name) is context.program.scopes[function]:
            yield item


def _made(_: Context) -> dict[Literal, tuple[Item, ...]]:
    """The items of the dicts that have been looked at: several calls may share one."""
    return {}


def _items(context: Context, literal: Literal) -> Iterator[Item]:
    if isinstance(literal, ast.Call):
        yield from (Item(keyword, literal, None) for keyword in literal.keywords if keyword.arg is not None)
        for keyword in literal.keywords:
            yield from _nested(context, keyword.value) if keyword.arg is None else ()
        return
    for key, value in zip(literal.keys, literal.values, strict=True):
        name = constant(key)
        if key is None:
            yield from _nested(context, value)
        elif isinstance(name, str):
            yield Item(ast.copy_location(ast.keyword(name, value), value), literal, key)


def _nested(context: Context, value: ast.expr) -> Iterator[Item]:
    """What one dict takes over from another one."""
    inner = private(context, value)
    if inner is not None:
        yield from context.once(_made).setdefault(inner, tuple(_items(context, inner)))


def private(context: Context, node: ast.expr) -> Literal | None:
    """The literal that is unpacked, where it is only ever unpacked into calls of zarr."""
    literal, uses = _behind(context, node)
    if literal is None or not all(_is_unpacked(context, use) or _added(context, use) is not None for use in uses):
        return None
    return literal


def _behind(context: Context, node: ast.expr) -> tuple[Literal | None, list[ast.expr]]:
    """What an unpacked expression was made from, and all the places where that is used."""
    if is_literal(node):
        assert isinstance(node, ast.Dict | ast.Call)
        return node, [node]
    value: ast.expr | None = None
    uses: list[ast.expr] = []
    if isinstance(node, ast.Name):
        value, uses = context.assigned(node), [*context.loads(node.id)]
    elif isinstance(node, ast.Attribute):
        value = attribute(context, node)
        uses = [n for n in context.nodes(ast.Attribute) if n.attr == node.attr and isinstance(n.ctx, ast.Load)]
        statement = context.program.parents.get(value) if value is not None else None
        names = [t.id for t in targets(statement) if isinstance(t, ast.Name)] if isinstance(statement, ast.stmt) else []
        uses += [use for name in names for use in context.loads(name)]
    literal = value if value is not None and is_literal(value) else None
    return (literal, uses) if isinstance(literal, ast.Dict | ast.Call) else (None, [])


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a dict that is written out."""
    is_call = (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
    )
    return isinstance(node, ast.Dict) or is_call


def _is_unpacked(context: Context, use: ast.expr) -> bool:
    """Whether a use of a dict is to unpack it into a call of zarr, or into another dict that is only there for that."""
    parent = context.program.parents.get(use)
    if isinstance(parent, ast.Dict):
        names = [k for k, v in zip(parent.keys, parent.values, strict=True) if v is use]
        return names == [None] and private(context, _name_of(context, parent)) is parent
    if not isinstance(parent, ast.keyword) or parent.arg is not None:
        return False
    call = context.program.parents.get(parent)
    if not isinstance(call, ast.Call):
        return False
    if is_literal(call):
        return private(context, _name_of(context, call)) is call
    if dotted(context, call.func) in SIGNATURES:
        return True
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr in METHODS
    return is_method and call.func in context.once(_methods)


def _name_of(context: Context, literal: Literal) -> ast.expr:
    """The place that a dict is bound to, or it itself."""
    statement = context.program.parents.get(literal)
    bound = targets(statement) if isinstance(statement, ast.stmt) else []
    loads = context.loads(bound[0].id) if len(bound) == 1 and isinstance(bound[0], ast.Name) else []
    return next((n for n in loads if context.assigned(n) is literal), literal)


def _methods(context: Context) -> set[ast.AST]:
    """The methods of plain nodes that make nodes."""
    return {use.node for use in context.uses(PLAIN_NODES, " ".join(METHODS))}


class Changes:
    """What calls have changed about the dicts that they share."""

    def __init__(self, _: Context) -> None:
        self.known: dict[Owner, frozenset[tuple[str, str, str]]] = {}

    def agree(self, literal: Owner, changes: frozenset[tuple[str, str, str]]) -> bool | None:
        """Whether a call wants what another one has had done already; `None` where it is the first."""
        if literal not in self.known:
            self.known[literal] = changes
            return None
        return self.known[literal] == changes


def edits(
    literal: Owner,
    items: list[Item],
    drop: list[ast.expr | ast.keyword],
    rename: dict[ast.expr | ast.keyword, str],
    replace: dict[ast.expr | ast.keyword, Template],
) -> Iterator[Edit]:
    """The changes to one dict."""
    dropped = [item.argument for item in items if item.argument in drop]
    kept = [item for item in items if item.argument not in drop]
    if isinstance(literal, ast.Call) and all(item.key is None for item in items):
        renamed = tuple((i.argument, rename[i.argument]) for i in kept if i.argument in rename)
        replaced = tuple((i.argument, replace[i.argument]) for i in kept if i.argument in replace)
        yield ChangeCall(literal, drop=tuple(dropped), rename=renamed, replace=replaced)
        return
    for item in items:
        if item.argument in drop and item.statement is not None:
            yield ReplaceStatement(item.statement)
    for item in kept:
        if item.argument in rename and item.key is not None:
            yield ReplaceExpression(item.key, Template(f'"{rename[item.argument]}"'))
        if item.argument in replace:
            yield ReplaceExpression(item.argument.value, replace[item.argument])
    if dropped and isinstance(literal, ast.Dict):
        yield ReplaceExpression(literal, without(literal, frozenset(str(k.arg) for k in dropped)))
