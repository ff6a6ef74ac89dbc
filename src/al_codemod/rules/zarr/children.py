"""Members of groups: their children, and what a mapping has."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft, Use
from al_codemod.rules.zarr.lengths import is_numpy_scalar
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    ARRAYS,
    GROUPS,
    PLAIN_NODES,
    constant,
    is_none,
    is_only,
    is_zarr_2,
    may_be_zarr_2,
    member_draft,
    places,
    zarr_rule,
)
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import MEMBERS, NDARRAY_NAMES
from al_codemod.surface.zarr.members import (
    ARRAY_GONE,
    GROUP_GONE,
    GROUP_MEMBERS,
    GROUP_RENAMED,
    STORE_GONE,
)


@zarr_rule(
    "AL460",
    "zarr-2-child",
    rows="Z159 Z160",
    before="""
import zarr

root = zarr.open_group("rain.zarr", mode="r")
if hasattr(root, "days"):
    print(root.days[:])
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", mode="r")
if "days" in root:
    print(root["days"][:])
""",
)
def children(context: Context) -> Iterator[Draft]:
    """The children of a group are its items, and no longer its attributes."""
    for use in context.members((Kind.ZARR_GROUP,)):
        name = use.node.attr
        if name in GROUP_MEMBERS or name.startswith("_") or not isinstance(use.node.ctx, ast.Load):
            continue
        if name in GROUP_GONE or not is_only(context, use.node.value, {Kind.ZARR_GROUP}):
            continue
        text = Template(f'{{group}}["{name}"]', {"group": use.node.value})
        yield Draft(
            use.node, "a child of a group is an item of it", Applicability.REVIEW, (ReplaceExpression(use.node, text),)
        )
    for use in context.members((Kind.ZARR_NODE,)) if is_zarr_2(context) else ():
        name = use.node.attr
        known = name in GROUP_MEMBERS or name in NDARRAY_NAMES or (Kind.ARRAY, name) in MEMBERS or name.startswith("_")
        if not known and name not in ARRAY_GONE and isinstance(use.node.ctx, ast.Load) and use.call is None:
            text = Template(f'{{group}}["{name}"]', {"group": use.node.value})
            edit = ReplaceExpression(use.node, text)
            yield Draft(use.node, "a child of a group is an item of it", Applicability.REVIEW, (edit,))
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in {"hasattr", "getattr"} and len(call.args) >= 2:
            yield from _asked(context, call, call.func.id)


def _asked(context: Context, call: ast.Call, function: str) -> Iterator[Draft]:
    """`hasattr(group, name)` and `getattr(group, name, default)`."""
    group, name = call.args[0], call.args[1]
    text = constant(name)
    if (
        not is_only(context, group, GROUPS)
        or not isinstance(text, str)
        or text in GROUP_MEMBERS
        or text.startswith("_")
    ):
        return
    holes = {"group": group, "name": name}
    if function == "hasattr":
        new = Template("{name} in {group}", holes)
    elif len(call.args) == 2:
        new = Template("{group}[{name}]", holes)
    else:
        new = Template("{group}.get({name}, {default})", {**holes, "default": call.args[2]})
    edits = (ReplaceExpression(call, new),)
    yield Draft(call, "a child of a group is an item of it", Applicability.REVIEW, edits, places(context, group))


@zarr_rule(
    "AL461",
    "zarr-2-group-member",
    rows="Z144 Z145 Z146 Z147 Z148 Z149 Z151 Z157 Z162 Z163 Z165 Z166 Z172 Z173 Z175 Z180 Z181 Z182 Z189 Z155 Z127",
    before="""
import zarr

root = zarr.open_group("rain.zarr", mode="a")
root.visit(print)
for name, node in root.items():
    print(name, len(root.keys()))
root["days"] = [1, 2, 3]
""",
    after="""
import numpy as np
import zarr

root = zarr.open_group("rain.zarr", mode="a")
for name, _ in sorted(root.members(max_depth=None)):
    print(name)
for name, node in sorted(root.members()):
    print(name, len(list(root.keys())))
root["days"] = np.asarray([1, 2, 3])
""",
)
def group_members(context: Context) -> Iterator[Draft]:
    """A group is no mapping any more: `items` and `values` are `members`, a visit is a loop, keys are not in order."""
    for use in context.uses(GROUPS | {Kind.ZARR_NODE}, "visit visitkeys visitvalues visititems"):
        if use.call is not None:
            yield _visit(context, use, use.call)
    for use in context.uses(GROUPS | {Kind.ZARR_NODE}, "items values"):
        if use.call is not None and not use.call.args:
            yield _pairs(context, use, use.call)
    for use in context.uses(PLAIN_NODES, "arrays array_keys"):
        if use.call is not None and (use.call.args or use.call.keywords):
            yield _recursion(context, use, use.call)
    for use in context.uses((Kind.ZARR_GROUP,), " ".join(GROUP_RENAMED)):
        if isinstance(use.node.ctx, ast.Load):
            text = Template(GROUP_RENAMED[use.node.attr], {"group": use.node.value})
            how = Applicability.REVIEW if use.node.attr == "_version" else Applicability.SAFE
            yield member_draft(
                context, use.node, f"{use.node.attr} of zarr 2", (ReplaceExpression(use.node, text),), how
            )
    for use in context.uses((Kind.ZARR_GROUP,), "pop"):
        statement = context.program.parents.get(use.call) if use.call is not None else None
        if (
            use.call is not None
            and isinstance(statement, ast.Expr)
            and len(use.call.args) == 1
            and not use.call.keywords
        ):
            line = Template("del {group}[{name}]", {"group": use.node.value, "name": use.call.args[0]})
            deletion = (ReplaceStatement(statement, (line,)),)
            yield member_draft(context, use.node, "pop of zarr 2", deletion, Applicability.REVIEW)
    for use in context.uses(GROUPS, "tree"):
        if use.call is not None and named(use.call, "expand"):
            edits = (ChangeCall(use.call, drop=tuple(k for k in use.call.keywords if k.arg == "expand")),)
            yield member_draft(context, use.node, "tree has no expand=", edits)
    for use in context.uses((Kind.ZARR_GROUP,), " ".join(GROUP_GONE)):
        if use.node.attr == "pop" and isinstance(context.program.parents.get(use.call or use.node), ast.Expr):
            continue
        yield Draft(
            use.node,
            f"zarr 3's groups have no {use.node.attr}",
            Applicability.MANUAL,
            instead=GROUP_GONE[use.node.attr],
        )
    yield from _key_views(context)
    yield from _items_set(context)
    yield from _attributes(context)
    if may_be_zarr_2(context):
        yield from _stores(context)


def _recursion(context: Context, use: Use, call: ast.Call) -> Draft:
    """All arrays below a group, which zarr 2 called by the last part of their names."""
    recurse = argument(call, 0, "recurse")
    if constant(recurse) is not True:
        instead = "((name, node) for name, node in group.members(max_depth=None) if isinstance(node, zarr.Array))"
        return Draft(call, "zarr 3 does not recurse here", Applicability.MANUAL, instead=instead)
    zarr, imports = context.module("zarr", call)
    name = 'path.rpartition("/")[2]'
    each = f"({name}, node)" if use.node.attr == "arrays" else name
    members = f"sorted({{group}}.members(max_depth=None)) if isinstance(node, {zarr}.Array)"
    text = Template(f"({each} for path, node in {members})", {"group": use.node.value})
    edits: tuple[Edit, ...] = (ReplaceExpression(call, text), *imports)
    return member_draft(context, use.node, "zarr 3 does not recurse here", edits, Applicability.REVIEW)


def _visit(context: Context, use: Use, call: ast.Call) -> Draft:
    """A visit whose result nobody asks for, by a function that never stops it, is a loop."""
    name = use.node.attr
    statement = context.program.parents.get(call)
    function = call.args[0] if len(call.args) == 1 and not call.keywords else None
    targets = {"visit": "{a}, _", "visitkeys": "{a}, _", "visitvalues": "_, {a}", "visititems": "{a}, {b}"}[name]
    if function is None or not isinstance(statement, ast.Expr) or _may_stop(context, function):
        instead = "for name, node in sorted(group.members(max_depth=None)): ..."
        return Draft(use.node, f"zarr 3 has no {name}", Applicability.MANUAL, instead=instead)
    if isinstance(function, ast.Lambda):
        a, b = [*(p.arg for p in function.args.args), "", ""][:2]
        body, hole = "{function}", function.body
    else:
        a, b = ("node", "") if name == "visitvalues" else ("name", "node")
        body, hole = f"{{function}}({f'{a}, {b}' if name == 'visititems' else a})", function
    loop = targets.replace("{a}", a).replace("{b}", b)
    text = f"for {loop} in sorted({{group}}.members(max_depth=None)):\n    {body}"
    edits = (ReplaceStatement(statement, (Template(text, {"group": use.node.value, "function": hole}),)),)
    message = f"{name} is a loop over members, in the order of their paths"
    return Draft(use.node, message, Applicability.REVIEW, edits, places(context, use.node.value))


def _may_stop(context: Context, function: ast.expr) -> bool:
    """Whether a function may return something, which ended the visit."""
    if isinstance(function, ast.Lambda):
        body = function.body
        known = (
            isinstance(body, ast.Call)
            and isinstance(body.func, ast.Attribute)
            and body.func.attr in {"append", "add", "update"}
        )
        prints = isinstance(body, ast.Call) and isinstance(body.func, ast.Name) and body.func.id == "print"
        return not (known or prints) or len(function.args.args) not in (1, 2)
    if isinstance(function, ast.Attribute):
        return function.attr not in {"append", "add"}
    if isinstance(function, ast.Name) and function.id == "print":
        return False
    found = [v.node for v in context.program.of(function) if isinstance(v.node, ast.FunctionDef)]
    returns = [n for f in found for n in ast.walk(f) if isinstance(n, ast.Return) and n.value is not None]
    return not found or any(not is_none(r.value) for r in returns)


def _pairs(context: Context, use: Use, call: ast.Call) -> Draft:
    """`items()` and `values()`, in the order that zarr 2 gave them in."""
    holes = {"group": use.node.value}
    members = "sorted({group}.members())"
    text = members if use.node.attr == "items" else f"[node for _, node in {members}]"
    parent = context.program.parents.get(call)
    if (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id in {"dict", "sorted", "len"}
    ):
        text = text.replace(members, "{group}.members()")
    edits = (ReplaceExpression(call, Template(text, holes)),)
    return member_draft(context, use.node, f"{use.node.attr} of zarr 2", edits)


def _key_views(context: Context) -> Iterator[Draft]:
    """`len(group.keys())`: keys are made one by one now."""
    names = {"keys", "group_keys", "array_keys"}
    yield from _kept_views(context, names)
    for call in context.nodes(ast.Call):
        if not (isinstance(call.func, ast.Name) and call.func.id == "len" and len(call.args) == 1):
            continue
        inner = call.args[0]
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in names:
            if is_only(context, inner.func.value, ALL_NODES):
                text = Template("list({keys})", {"keys": inner})
                yield member_draft(
                    context, inner, "the keys of a group are an iterator", (ReplaceExpression(inner, text),)
                )


def _kept_views(context: Context, names: set[str]) -> Iterator[Draft]:
    """Keys that are kept under a name, and then asked for their number or gone over again."""
    for statement in context.nodes(ast.Assign):
        call, target = statement.value, statement.targets[0]
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names):
            continue
        if not isinstance(target, ast.Name) or not is_only(context, call.func.value, PLAIN_NODES):
            continue
        uses = [n for n in context.nodes(ast.Name) if n.id == target.id and isinstance(n.ctx, ast.Load)]
        counted = any(
            isinstance(c := context.program.parents.get(u), ast.Call) and getattr(c.func, "id", "") == "len"
            for u in uses
        )
        if counted or (len(uses) > 1 and is_zarr_2(context)):
            edits = (ReplaceExpression(call, Template("sorted({keys})", {"keys": call})),)
            yield member_draft(context, call, "the keys of a group are an iterator", edits, Applicability.REVIEW)


def _items_set(context: Context) -> Iterator[Draft]:
    """`group[name] = value`: arrays only."""
    for statement in context.nodes(ast.Assign):
        for target in statement.targets:
            if not isinstance(target, ast.Subscript) or not is_only(context, target.value, GROUPS):
                continue
            value = statement.value
            made = (context.assigned(value) if isinstance(value, ast.Name) else None) or value
            is_number = isinstance(constant(made), int | float) or is_numpy_scalar(context, made)
            if is_number or isinstance(made, ast.List | ast.Tuple | ast.ListComp):
                numpy, imports = context.module("numpy", statement)
                converted = Template(f"{numpy}.asarray({{value}})", {"value": value})
                edits: tuple[Edit, ...] = (ReplaceExpression(value, converted), *imports)
                message = "only arrays can be put into a group"
                yield Draft(target, message, Applicability.SAFE, edits, places(context, target.value))
            elif is_only(context, value, ARRAYS):
                instead = "group.create_array(name, data=array, chunks=array.chunks)"
                yield Draft(target, "a zarr array cannot be put into a group", Applicability.MANUAL, instead=instead)


def _attributes(context: Context) -> Iterator[Draft]:
    """Attributes: keys are text, and values are what JSON has."""
    for node in context.nodes(ast.Subscript):
        owner = node.value
        if not (
            isinstance(owner, ast.Attribute) and owner.attr == "attrs" and is_only(context, owner.value, ALL_NODES)
        ):
            continue
        key = constant(node.slice)
        if isinstance(key, int):
            edit = ReplaceExpression(node.slice, Template(f'"{key}"'))
            yield Draft(node, "keys of attributes are text", Applicability.SAFE, (edit,), places(context, owner.value))
        parent = context.program.parents.get(node)
        if isinstance(parent, ast.Assign) and node in parent.targets and is_numpy_scalar(context, parent.value):
            edit = ReplaceExpression(parent.value, Template("{value}.item()", {"value": parent.value}))
            message = "attributes take no numpy scalars"
            yield Draft(parent.value, message, Applicability.REVIEW, (edit,), places(context, owner.value))
    for attribute in context.nodes(ast.Attribute):
        owner = attribute.value
        if attribute.attr in {"cache", "refresh", "key"} and isinstance(owner, ast.Attribute) and owner.attr == "attrs":
            if is_only(context, owner.value, ALL_NODES):
                instead = "open the group or array again"
                yield Draft(attribute, f"attributes have no {attribute.attr}", Applicability.MANUAL, instead=instead)


def _stores(context: Context) -> Iterator[Draft]:
    """Stores are no mappings any more."""
    for use in context.uses((Kind.ZARR_STORE,), " ".join(STORE_GONE)):
        if use.node.attr != "path" or any(v.name == "DirectoryStore" for v in context.program.of(use.node.value)):
            instead = STORE_GONE[use.node.attr]
            yield Draft(use.node, f"stores of zarr 3 have no {use.node.attr}", Applicability.MANUAL, instead=instead)
    for node in context.nodes(ast.Subscript):
        if is_only(context, node.value, {Kind.ZARR_STORE}):
            instead = "await store.get(key, prototype), or the groups and arrays in it"
            yield Draft(node, "a store of zarr 3 is no mapping", Applicability.MANUAL, instead=instead)
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in {"list", "len", "sorted", "dict", "iter"} and call.args:
            if is_only(context, call.args[0], {Kind.ZARR_STORE}):
                yield Draft(call, *NO_MAPPING[:1], Applicability.MANUAL, instead=NO_MAPPING[1])
    sources: list[ast.expr] = [n.iter for n in context.nodes(ast.For)] + [
        n.iter for n in context.nodes(ast.comprehension)
    ]
    for compare in context.nodes(ast.Compare):
        sources += [
            c for op, c in zip(compare.ops, compare.comparators, strict=True) if isinstance(op, ast.In | ast.NotIn)
        ]
    for source in sources:
        if is_only(context, source, {Kind.ZARR_STORE}):
            yield Draft(source, *NO_MAPPING[:1], Applicability.MANUAL, instead=NO_MAPPING[1])


NO_MAPPING: Final = ("a store of zarr 3 is no mapping", "async for key in store.list()")
