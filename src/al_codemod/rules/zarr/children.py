"""Members of groups: their children, and what a mapping has."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft, Use
from al_codemod.rules.zarr.attributes import attributes
from al_codemod.rules.zarr.dimensions import dimension_names
from al_codemod.rules.zarr.items import items_set, key_views, numbers
from al_codemod.rules.zarr.lengths import is_simple
from al_codemod.rules.zarr.store_members import mappings, paths_of_stores
from al_codemod.rules.zarr.support import (
    GROUPS,
    PLAIN_NODES,
    constant,
    is_none,
    is_only,
    is_zarr_2,
    may_be_zarr_2,
    member_draft,
    places,
    supposed,
    zarr_rule,
)
from al_codemod.rules.zarr.written import known
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import MEMBERS, NDARRAY_NAMES
from al_codemod.surface.zarr.members import (
    ARRAY_GONE,
    GROUP_GONE,
    GROUP_MEMBERS,
    GROUP_RENAMED,
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
    text = known(context, name)
    if not is_only(context, group, GROUPS) or (isinstance(text, str) and (text in GROUP_MEMBERS or text[:1] == "_")):
        return
    parent = context.program.parents.get(call)
    if not isinstance(text, str) and isinstance(parent, ast.Call) and parent.func is call:
        return  # a method
    holes = {"group": group, "name": name}
    if function == "hasattr":
        new = Template("{name} in {group}", holes)
    elif len(call.args) == 2:
        new = Template("{group}[{name}]", holes)
    else:
        new = Template("{group}.get({name}, {default})", {**holes, "default": call.args[2]})
    edits = (ReplaceExpression(call, new),)
    message = "a child of a group is an item of it"
    draft = Draft(call, message, Applicability.REVIEW, edits, places(context, group))
    yield draft if isinstance(text, str) else supposed(context, draft, "group[name], name in group")


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
    for use in context.uses(GROUPS, "tree"):
        if use.call is not None and named(use.call, "expand"):
            edits = (ChangeCall(use.call, drop=tuple(k for k in use.call.keywords if k.arg == "expand")),)
            yield member_draft(context, use.node, "tree has no expand=", edits)
    popped = set()
    for use in context.uses((Kind.ZARR_GROUP,), "pop"):
        draft = _popped(context, use)
        if draft is not None:
            popped.add(use.node)
            yield draft
    for use in context.uses((Kind.ZARR_GROUP,), " ".join(GROUP_GONE)):
        if use.node in popped:
            continue
        yield Draft(
            use.node,
            f"zarr 3's groups have no {use.node.attr}",
            Applicability.MANUAL,
            instead=GROUP_GONE[use.node.attr],
        )
    yield from numbers(context)
    yield from paths_of_stores(context)
    yield from key_views(context)
    yield from items_set(context)
    yield from attributes(context)
    yield from dimension_names(context)
    if may_be_zarr_2(context):
        yield from mappings(context)


def _popped(context: Context, use: Use) -> Draft | None:
    """`pop` of one child, by itself or for a name: that is read, and then deleted."""
    statement = context.program.parents.get(use.call) if use.call is not None else None
    if use.call is None or len(use.call.args) != 1 or use.call.keywords:
        return None
    holes = {"group": use.node.value, "name": use.call.args[0]}
    lines = [Template("del {group}[{name}]", holes)]
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and all(map(is_simple, holes.values())):
        lines.insert(0, Template("{target} = {group}[{name}]", {**holes, "target": statement.targets[0]}))
    elif not isinstance(statement, ast.Expr):
        return None
    edits = (ReplaceStatement(statement, tuple(lines)),)
    return member_draft(context, use.node, "pop of zarr 2", edits, Applicability.REVIEW)


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
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in {"sorted", "len"}:
        text = text.replace(members, "{group}.members()")
    edits = (ReplaceExpression(call, Template(text, holes)),)
    return member_draft(context, use.node, f"{use.node.attr} of zarr 2", edits)
