"""`save` and its relatives, which wrote over what was there."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, Template
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.given import is_plain, passed_values
from al_codemod.rules.zarr.lengths import is_numpy_scalar
from al_codemod.rules.zarr.support import Target, constant, is_none, is_zarr_2, keyword_names, named_calls, target
from al_codemod.semantics.arguments import argument, parameter_defaults, value_of
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.surface.kinds import HANDLES
from al_codemod.surface.zarr.since import NO_DIMENSIONS

SAVES: Final = frozenset({"zarr.save", "zarr.save_array", "zarr.save_group"})
_PLACES: Final = frozenset({"path", "zarr_version", "zarr_format", "storage_options"})
"""Keywords of `save` that say where, and are no arrays."""


def saved(context: Context, call: ast.Call, name: str) -> Iterator[Draft]:
    """What is saved has to be an array, and `save` of one array has to be told to write over what is there."""
    given: list[ast.expr | ast.keyword] = [*call.args[1:]]
    given += (k for k in call.keywords if k.arg is not None and k.arg not in _PLACES)
    replace, edits = _arrays(context, call, name, given)
    if name == "zarr.save_array" and replace and _is_number(context, given) and len(call.args) == 2:
        zarr, more = context.module("zarr", call)
        change = ChangeCall(
            call,
            Template(f"{zarr}.create_array"),
            rename=((call.args[1], "data"),),
            replace=tuple(replace),
            add=(("overwrite", Template("True")),),
        )
        yield Draft(call, f"{name} takes arrays", Applicability.SAFE, (change, *edits, *more))
        return
    function: Template | None = None
    add: tuple[tuple[str, Template], ...] = ()
    if is_one_array(context, call, name) and (replace or is_for_zarr_2(context)):
        zarr, more = context.module("zarr", call)
        function, add = Template(f"{zarr}.save_array"), (("mode", Template('"w"')),)
        edits += more
    if replace or add:
        message = f"{name} writes over nothing in zarr 3" if add else f"{name} takes arrays"
        change = ChangeCall(call, function, replace=tuple(replace), add=add)
        yield Draft(call, message, Applicability.SAFE, (change, *edits))
    version = named(call, "zarr_version")
    if version is not None and name != "zarr.save_array":
        on_v1 = any(v.kind in HANDLES for v in context.program.of(call.args[0] if call.args else None))
        drop = on_v1 or is_none(version.value)
        change = ChangeCall(call, drop=(version,)) if drop else ChangeCall(call, rename=((version, "zarr_format"),))
        yield Draft(call, "zarr_version is called zarr_format", Applicability.REVIEW, (change,))


def _arrays(
    context: Context, call: ast.Call, name: str, given: list[ast.expr | ast.keyword]
) -> tuple[list[tuple[ast.expr | ast.keyword, Template]], list[Edit]]:
    """The arguments that are lists or numbers, as arrays, with the imports that this needs."""
    replace: list[tuple[ast.expr | ast.keyword, Template]] = []
    edits: list[Edit] = []
    for one in given:
        value = value_of(one)
        if isinstance(one, ast.keyword) and name == "zarr.save_array" and one.arg != "arr":
            continue
        made = context.assigned(value) if isinstance(value, ast.Name) else value
        is_number = isinstance(constant(made), int | float) or (made is not None and is_numpy_scalar(context, made))
        is_list = isinstance(made, ast.List | ast.Tuple | ast.ListComp)
        if (
            is_number
            or is_list
            or (isinstance(value, ast.Name) and any(is_plain(context, v) for v in passed_values(context, value)))
        ):
            numpy, imports = context.module("numpy", call)
            edits += imports
            replace.append((one, Template(f"{numpy}.asarray({{value}})", {"value": value})))
    return replace, edits


def _is_number(context: Context, given: list[ast.expr | ast.keyword]) -> bool:
    """Whether one number is saved, which zarr has not always made an array without dimensions of."""
    value = value_of(given[0])
    return (
        len(given) == 1
        and not context.settings.has_zarr(NO_DIMENSIONS)
        and (isinstance(constant(value), int | float) or is_numpy_scalar(context, value))
    )


# -- writing over


def is_one_array(context: Context, call: ast.Call, name: str) -> bool:
    """Whether a call of `save` saves one array, in a directory."""
    is_one = name == "zarr.save" and len(call.args) == 2 and not isinstance(call.args[1], ast.Starred)
    if not is_one or keyword_names(call) - _PLACES or any(k.arg is None for k in call.keywords):
        return False
    store = call.args[0]
    is_archive = str(constant(store)).endswith((".zip", ".n5"))
    return not is_archive and target(context, store) is not Target.ICECHUNK


def is_for_zarr_2(context: Context) -> bool:
    """Whether a module is for zarr 2: as other rules have found, or because it saves to one path more than once."""
    return is_zarr_2(context) or (not context.shared.is_for_zarr_3 and context.once(_saves_again))


_CLEARING: Final = frozenset({"rmtree", "remove", "unlink", "chdir", "TemporaryDirectory", "mkdtemp"})
"""What may make room for the next array."""


def _saves_again(context: Context) -> bool:
    names = {*(n.attr for n in context.nodes(ast.Attribute)), *(n.id for n in context.nodes(ast.Name))}
    if names & _CLEARING:
        return False
    seen: dict[tuple[str, ast.AST], list[ast.Call]] = {}
    for call, name in named_calls(context):
        if name not in SAVES - {"zarr.save_group"} or {"mode", "overwrite", "path"} & keyword_names(call):
            continue
        for store, site, is_repeated in _runs(context, call):
            if is_repeated:
                return True
            seen.setdefault((store, context.program.scope(site).function.node), []).append(site)
    return any(_follow(context, sites) for sites in seen.values() if len(sites) > 1)


def _runs(context: Context, call: ast.Call) -> Iterator[tuple[str, ast.Call, bool]]:
    """The paths that a call saves to, as far as they are written out, each with the place, and whether that is in a loop."""
    store = argument(call, 0, "store")
    text = _path(context, store)
    inference, function = context.program.inference, context.program.scope(call).function.node
    sites = inference.calling.calls.get(function, ())
    if text is not None and not sites:
        yield text, call, _is_repeated(context, call)
    for site in sites:
        passed = dict(parameter_defaults(function)) if isinstance(function, ast.FunctionDef) else {}
        passed |= {at.name: value for at, value in bound_arguments(inference, site, function)}
        given = passed.get(store.id) if isinstance(store, ast.Name) and text is None else None
        found = text or _path(context, given)
        if found is not None and context.is_here(site):
            yield found, site, _is_repeated(context, call) or _is_repeated(context, site)


def _path(context: Context, store: ast.expr | None) -> str | None:
    made = (context.assigned(store) if isinstance(store, ast.Name) else None) or store
    text = constant(made)
    return text if isinstance(text, str) else None


def _is_repeated(context: Context, call: ast.Call) -> bool:
    """Whether a call is sure to be in a loop that goes on after it."""
    child: ast.AST = call
    for parent in context.program.ancestors(call):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.If | ast.Try | ast.Match):
            return False
        if isinstance(parent, ast.ListComp | ast.SetComp) and child is parent.elt:
            return not any(generator.ifs for generator in parent.generators)
        if isinstance(parent, ast.For) and child in parent.body:
            return not any(isinstance(n, ast.Break | ast.Return) for s in parent.body for n in ast.walk(s))
        child = parent
    return False


def _follow(context: Context, sites: list[ast.Call]) -> bool:
    """Whether some of several calls in one function come one after the other, unconditionally."""
    suites = [context.program.parents.get(context.program.statement(site)) for site in sites]
    return any(suites.count(suite) > 1 and not isinstance(suite, ast.If | ast.Try | ast.Match) for suite in suites)
