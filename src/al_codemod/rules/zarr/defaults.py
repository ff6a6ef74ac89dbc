"""What zarr 3 does otherwise without a word, and can be told to do as zarr 2 did."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, ReplaceExpression, Template
from al_codemod.rules.arguments import passed
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.support import (
    ARRAYS,
    CREATES,
    GROUPS,
    PLAIN_NODES,
    is_only,
    may_be_zarr_2,
    named_calls,
    supposed,
    zarr_rule,
)
from al_codemod.rules.zarr.written import known
from al_codemod.semantics.arguments import argument
from al_codemod.surface.zarr.since import TIMES

_TIME: Final = re.compile(r"^([<>=|]?[mM]8|datetime64|timedelta64)")
SORTABLE: Final = frozenset({"keys", "group_keys", "array_keys", "arrays", "groups"})


@zarr_rule(
    "AL467",
    "order-of-keys",
    rows="Z150 Z152 Z357",
    before="""
import zarr

root = zarr.open_group("rain.zarr", "r")
for name, days in root.arrays():
    print(name, days.shape)
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", mode="r")
for name, days in sorted(root.arrays()):
    print(name, days.shape)
""",
)
def order(context: Context) -> Iterator[Draft]:
    """The children of a group come in no order, and in another one each time, where zarr 2 sorted them."""
    if not may_be_zarr_2(context):
        return
    for source in _gone_over(context):
        if _is_unordered(context, source):
            call = context.program.parents.get(source)
            # What is listed is listed in order: sorted(...) in place of list(...).
            is_listed = isinstance(call, ast.Call) and getattr(call.func, "id", "") == "list"
            whole = call if is_listed and isinstance(call, ast.Call) else source
            edit = ReplaceExpression(whole, Template("sorted({children})", {"children": source}))
            # It is right whether or not the repo that the group may hang on is migrated.
            if (
                isinstance(call, ast.Call)
                and getattr(call.func, "id", "") == "dict"
                and not isinstance(source, ast.Call)
            ):
                edit = ReplaceExpression(source, Template("sorted({group}.members())", {"group": source}))
            draft = Draft(source, "the children of a group come in no order", Applicability.REVIEW, (edit,))
            yield supposed(context, draft, "sorted(...)")


def _gone_over(context: Context) -> Iterator[ast.expr]:
    """What is gone over one by one, where the order may matter."""
    yield from (n.iter for n in context.nodes(ast.For))
    for comprehension in context.nodes(ast.comprehension):
        around = context.program.parents.get(comprehension)
        call = context.program.parents.get(around) if around is not None else None
        is_taken = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ANY_ORDER
        if not isinstance(around, ast.SetComp) and not is_taken:
            yield comprehension.iter
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in LISTED and call.args:
            yield call.args[0]


LISTED: Final = frozenset({"list", "tuple", "enumerate", "next", "iter", "dict"})
ANY_ORDER: Final = frozenset({"sorted", "set", "frozenset", "len", "sum", "min", "max", "any", "all"})


def _is_unordered(context: Context, source: ast.expr) -> bool:
    call = context.program.parents.get(source)
    outer = context.program.parents.get(call) if call is not None else None
    if isinstance(call, ast.Call) and isinstance(outer, ast.Call) and getattr(outer.func, "id", "") in ANY_ORDER:
        return False
    if (
        isinstance(source, ast.Call)
        and isinstance(source.func, ast.Attribute)
        and not source.args
        and not source.keywords
    ):
        return source.func.attr in SORTABLE and is_only(context, source.func.value, GROUPS)
    return is_only(context, source, GROUPS) and isinstance(source, ast.Name | ast.Attribute)


@zarr_rule(
    "AL468",
    "default-fill",
    rows="Z049",
    before="""
import zarr

times = zarr.open_array("times.zarr", "w", 10, dtype="M8[ns]")
""",
    after="""
import zarr

times = zarr.open_array("times.zarr", mode="w", shape=10, dtype="M8[ns]", fill_value=0)
""",
)
def times(context: Context) -> Iterator[Draft]:
    """What is not written of times is `NaT` in zarr 3, where it was the epoch."""
    if not may_be_zarr_2(context):
        return
    calls = [c for c, name in named_calls(context) if name in CREATES]
    calls += [u.call for u in context.uses((*PLAIN_NODES, *ARRAYS), "create_dataset") if u.call is not None]
    for call in calls:
        dtype = passed(context, call, "dtype")
        text = known(context, dtype) if dtype is not None else ...
        is_time = isinstance(text, str) and _TIME.match(text) is not None
        if dtype is not None and (is_time or is_record(context, dtype)) and not context.settings.has_zarr(TIMES):
            message = f"zarr {TIMES} is the first that has arrays of times and records"
            yield Draft(call, message, Applicability.MANUAL, instead="numbers of a fixed unit, or one array a field")
        elif is_time and not any(passed(context, call, name) is not None for name in ("fill_value", "data")):
            edit = ChangeCall(call, add=(("fill_value", Template("0")),))
            draft = Draft(call, "unwritten times are NaT in zarr 3", Applicability.REVIEW, (edit,))
            yield supposed(context, draft, "fill_value=0")


def is_record(context: Context, dtype: ast.expr) -> bool:
    """Whether a data type has fields, as it is written out."""
    made = (context.assigned(dtype) if isinstance(dtype, ast.Name) else None) or dtype
    if isinstance(made, ast.Call) and dotted(context, made.func) == "numpy.dtype" and made.args:
        made = made.args[0]
    return isinstance(made, ast.List)


@zarr_rule(
    "AL469",
    "zip-by-name",
    rows="Z014 Z260 Z261 Z382 Z397 Z159",
    before="""
import zarr

root = zarr.open("rain.zip", mode="w")
""",
    after="""
import zarr

root = zarr.open(zarr.storage.ZipStore("rain.zip", mode="w"), mode="w")
""",
)
def paths(context: Context) -> Iterator[Draft]:
    """A path that ends in `.zip` is a directory to zarr 3, and a mapper of fsspec does not make directories."""
    for call, name in named_calls(context):
        first = call.args[0] if call.args else None
        text = known(context, first)
        if name == "fsspec.get_mapper" and isinstance(text, str) and "://" not in text and len(call.args) == 1:
            if first is not None and not call.keywords and _is_store(context, call):
                edits = (ReplaceExpression(call, Template("{path}", {"path": first})),)
                yield Draft(call, "zarr 3 opens a local path itself", Applicability.REVIEW, edits)
        writes = name in {"zarr.save", "zarr.save_array", "zarr.save_group"}
        if (writes or name in {"zarr.open", "zarr.open_group", "zarr.open_array"}) and isinstance(text, str):
            if text.endswith(".zip") and first is not None:
                mode = known(context, argument(call, 1, "mode"))
                opened = "w" if writes or mode == "w" else "r" if mode == "r" else "a"
                zarr, imports = context.module("zarr", call)
                new = Template(f'{zarr}.storage.ZipStore({{path}}, mode="{opened}")', {"path": first})
                message = "zarr 3 makes a directory of that name; a ZipStore has to be closed"
                yield Draft(first, message, Applicability.REVIEW, (ReplaceExpression(first, new), *imports))


def _is_store(context: Context, node: ast.expr) -> bool:
    """Whether a mapper is only ever passed to what opens or writes zarr, on the spot or by a name of its own."""
    parent = context.program.parents.get(node)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0]
        if context.assigned(name) is not node:
            return False
        uses = context.loads(name.id)
        return bool(uses) and all(_is_store(context, use) for use in uses)
    if isinstance(parent, ast.keyword):
        parent = context.program.parents.get(parent) if parent.arg == "store" else None
    elif not isinstance(parent, ast.Call) or not parent.args or parent.args[0] is not node:
        return False
    if not isinstance(parent, ast.Call):
        return False
    is_method = isinstance(parent.func, ast.Attribute) and parent.func.attr == "to_zarr"
    return is_method or dotted(context, parent.func).startswith(("zarr.", "xarray.open_zarr", "dask.array.from_zarr"))
