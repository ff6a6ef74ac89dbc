"""Names of zarr 2 that are elsewhere in zarr 3, or nowhere."""

import ast
from collections.abc import Iterator
from typing import Final, TypeAlias

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import (
    InsertStatements,
    RemoveImport,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
)
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.calls import CallChange
from al_codemod.rules.zarr.codec_flow import is_codec_use
from al_codemod.rules.zarr.codecs import definitions
from al_codemod.rules.zarr.saving import SAVES, saved
from al_codemod.rules.zarr.store_helpers import HELPERS, helped
from al_codemod.rules.zarr.stores import any_store, is_annotation
from al_codemod.rules.zarr.support import (
    PACKAGES,
    Target,
    constant,
    is_zarr_2,
    named_calls,
    references,
    target,
    zarr_rule,
)
from al_codemod.surface.zarr.codecs import CODECS, NAMES
from al_codemod.surface.zarr.names import GONE, INDEX_ERRORS, MOVED, REVIEWED
from al_codemod.surface.zarr.signatures import Family, Signature
from al_codemod.surface.zarr.since import INDEX_ERRORS as NAMED_ERRORS
from al_codemod.surface.zarr.since import NUMCODECS
from al_codemod.surface.zarr.stores import STILL_THERE, STORE_CLASSES, STORE_NAMES


@zarr_rule(
    "AL451",
    "zarr-2-name",
    rows="Z096 Z097 Z098 Z102 Z103 Z264 Z265 Z268 Z269 Z270 Z271 Z272 Z275 Z276 Z277 Z278 Z279 Z280 Z281 Z282 Z283 Z284 Z285 "
    "Z286 Z287 Z288 Z289 Z290 Z291 Z292 Z293 Z294 Z295 Z238 Z296 Z302 Z303 Z304 Z305 Z307 Z334",
    before="""
import zarr
from numcodecs.zarr3 import Delta

print(zarr.version.version, Delta)
codec = zarr.get_codec({"id": "zstd"})
""",
    after="""
import numcodecs
import zarr
from zarr.codecs.numcodecs import Delta

print(zarr.__version__, Delta)
codec = numcodecs.get_codec({"id": "zstd"})
""",
)
def names(context: Context) -> Iterator[Draft]:
    """Codecs are in `numcodecs`, the version is `zarr.__version__`; what zarr 3 keeps to itself is pointed at."""
    yield from _imports(context)
    uses = list(references(context))
    helping = {node: draft for node, name in uses if (draft := helped(context, node, name)) is not None}
    yield from _helpers(context, uses, helping)
    moved = dict(_moved_imports(context, uses, helping))
    yield from moved.values()
    for node, name in uses:
        if node in helping:
            continue
        if isinstance(node, ast.Name) and (node.id in moved or name == VERSION):
            continue
        if name.removeprefix("zarr.errors.") in INDEX_ERRORS and not context.settings.has_zarr(NAMED_ERRORS):
            message = f"zarr {NAMED_ERRORS} is the first to name it again; it is an IndexError"
            yield Draft(node, message, Applicability.REVIEW, (ReplaceExpression(node, Template("IndexError")),))
        elif name == "zarr.v3_api_available":
            edit = ReplaceExpression(node, Template("True"))
            yield Draft(node, "zarr 3 has its own format for good", Applicability.SAFE, (edit,))
        elif name == "numcodecs.zarr3" and not context.settings.has_zarr(NUMCODECS):
            continue
        elif moved_to(context, name) is not None and not _is_part_of_call(context, node, name):
            yield _moved(context, node, name)
        elif name in ABSTRACT and is_annotation(context, node):
            yield any_store(context, node, name.removeprefix("zarr.storage."))
        elif name in GONE and not _is_dropped(context, node):
            yield Draft(node, f"zarr 3 has no {name.removeprefix('zarr.')}", Applicability.MANUAL, instead=GONE[name])


ABSTRACT: Final = frozenset({"zarr.storage.Store", "zarr.storage.BaseStore"})
"""What all stores of zarr 2 are."""


def _imports(context: Context) -> Iterator[Draft]:
    for statement in context.nodes(ast.ImportFrom):
        module = statement.module or ""
        if statement.level:
            continue
        if module == "numcodecs.zarr3" and context.settings.has_zarr(NUMCODECS):
            text = ", ".join(f"{a.name} as {a.asname}" if a.asname else a.name for a in statement.names)
            edit = ReplaceStatement(statement, (Template(f"from zarr.codecs.numcodecs import {text}"),))
            yield Draft(statement, "zarr has these codecs itself", Applicability.SAFE, (edit,))
        elif (gone := _gone_module(module)) is not None:
            yield Draft(statement, f"zarr 3 has no {module}", Applicability.MANUAL, instead=GONE[gone])
        elif _is_version(statement):
            local = statement.names[0].asname or "version"
            text = "__version__" if local == "__version__" else f"__version__ as {local}"
            edit = ReplaceStatement(statement, (Template(f"from zarr import {text}"),))
            yield Draft(statement, "zarr 3 has its version in __version__", Applicability.SAFE, (edit,))
    for plain in context.nodes(ast.Import):
        for alias in plain.names:
            if (gone := _gone_module(alias.name)) is not None:
                yield Draft(plain, f"zarr 3 has no {alias.name}", Applicability.MANUAL, instead=GONE[gone])


VERSION: Final = "zarr.version.version"


def moved_to(context: Context, name: str) -> tuple[str, str] | None:
    """Where a name is now. What zarr 3 has by the name of a codec is something else, which code for zarr 2 does not mean."""
    package, _, codec = name.rpartition(".")
    if package == "zarr.codecs" and codec in CODECS and CODECS[codec].new and is_zarr_2(context):
        return "numcodecs", codec
    return MOVED.get(name)


def _is_version(statement: ast.ImportFrom) -> bool:
    """Whether a statement imports the version and nothing else."""
    return [f"{statement.module}.{a.name}" for a in statement.names] == [VERSION]


def _gone_module(module: str) -> str | None:
    """The module, or the one that it is in, that is not there any more."""
    parts = module.split(".")
    return next((name for i in range(len(parts), 1, -1) if (name := ".".join(parts[:i])) in GONE), None)


Uses: TypeAlias = "list[tuple[ast.Name | ast.Attribute, str]]"
Helping: TypeAlias = "dict[ast.Name | ast.Attribute, Draft]"


def _helpers(context: Context, uses: Uses, helping: Helping) -> Iterator[Draft]:
    """Functions that look into stores, and their imports, which nothing needs any more then."""
    yield from helping.values()
    for statement in context.nodes(ast.ImportFrom):
        for alias in statement.names:
            name = f"{statement.module}.{alias.name}"
            if _all_help(uses, helping, name, alias.asname or alias.name):
                edits = (RemoveImport(statement, alias),)
                yield Draft(alias, f"zarr 3 has no {name.removeprefix('zarr.')}", Applicability.REVIEW, edits)


def _all_help(uses: Uses, helping: Helping, name: str, local: str) -> bool:
    """Whether all uses of an imported function are said otherwise."""
    mine = [n for n, what in uses if what == name and isinstance(n, ast.Name) and n.id == local]
    return name in HELPERS and bool(mine) and all(n in helping for n in mine)


def _moved_imports(context: Context, uses: Uses, helping: Helping) -> Iterator[tuple[str, Draft]]:
    """Imports of what is elsewhere, by the name that they bind; one that nothing needs any more goes by itself."""
    for statement in context.nodes(ast.ImportFrom):
        if statement.level or (statement.module or "").partition(".")[0] not in PACKAGES or _is_version(statement):
            continue
        for alias in statement.names:
            name, local = f"{statement.module}.{alias.name}", alias.asname or alias.name
            mine = [n for n, what in uses if what == name and isinstance(n, ast.Name) and n.id == local]
            is_annotated = name in ABSTRACT and bool(mine) and all(is_annotation(context, n) for n in mine)
            new = moved_to(context, name)
            if new is not None and not (mine and all(_is_part_of_call(context, n, name) for n in mine)):
                module, member = new
                text = f"{member} as {local}" if member != local else member
                lines = (Template(f"from {module} import {text}"),)
                edits = (RemoveImport(statement, alias), InsertStatements(statement, Where.AFTER, lines))
                how = Applicability.REVIEW if name in REVIEWED or name in NAMES else Applicability.SAFE
                yield local, Draft(statement, f"{name} is {module}.{member}", how, edits)
            elif is_annotated or _all_help(uses, helping, name, local):
                continue
            elif name in GONE:
                yield f"{local} itself", Draft(alias, f"zarr 3 has no {name}", Applicability.MANUAL, instead=GONE[name])
            elif (
                name in STORE_NAMES
                and name not in STILL_THERE
                and (not mine or not STORE_CLASSES[STORE_NAMES[name]].new)
            ):
                store = STORE_CLASSES[STORE_NAMES[name]]
                instead = store.instead or f"from zarr.storage import {store.new}"
                yield f"{local} itself", Draft(alias, f"zarr 3 has no {name}", Applicability.MANUAL, instead=instead)


def _moved(context: Context, node: ast.Name | ast.Attribute, name: str) -> Draft:
    module, member = moved_to(context, name) or MOVED[name]
    applicability = Applicability.REVIEW if name in REVIEWED or name in NAMES else Applicability.SAFE
    message = f"{name} is {module}.{member}"
    if isinstance(node, ast.Attribute) and "." not in module:
        package, imports = context.module(module, node)
        edit = ReplaceExpression(node, Template(f"{package}.{member}"))
        return Draft(node, message, applicability, (edit, *imports))
    called, imports = context.module(module, node, member)
    if isinstance(node, ast.Name) and called == node.id and not imports:
        return Draft(node, message, applicability)
    return Draft(node, message, applicability, (ReplaceExpression(node, Template(called)), *imports))


def _is_part_of_call(context: Context, node: ast.expr, name: str) -> bool:
    """Whether a codec is made here that another rule puts into words of zarr 3."""
    parent = context.program.parents.get(node)
    call = parent if isinstance(parent, ast.Call) and parent.func is node else None
    if isinstance(parent, ast.Attribute):  # a constant, such as Blosc.SHUFFLE
        around = context.program.parents.get(context.program.parents.get(parent, parent), parent)
        call = around if isinstance(around, ast.Call) else None
    if name not in NAMES or call is None:
        return False
    keyword = context.program.parents.get(call)
    is_object = isinstance(keyword, ast.keyword) and keyword.arg == "object_codec"
    return call in definitions(context) or is_codec_use(context, call) or is_object


def _is_dropped(context: Context, node: ast.expr) -> bool:
    """Whether a synchronizer is passed on the spot, where it is dropped."""
    for parent in context.program.ancestors(node):
        if isinstance(parent, ast.keyword):
            return parent.arg == "synchronizer"
        if isinstance(parent, ast.stmt):
            return False
    return False


@zarr_rule(
    "AL458",
    "zarr-2-helper",
    rows="Z087 Z088 Z089 Z099 Z100 Z266 Z267",
    before="""
import zarr
from zarr.storage import init_group

init_group("rain.zarr", path="days")
zarr.save("list.zarr", [1, 2, 3])
print(zarr.tree(zarr.open_group("rain.zarr", mode="r")))
""",
    after="""
import numpy as np
import zarr

zarr.open_group("rain.zarr", path="days", mode="w-")
zarr.save_array("list.zarr", np.asarray([1, 2, 3]), mode="w")
print(zarr.open_group("rain.zarr", mode="r").tree())
""",
)
def helpers(context: Context) -> Iterator[Draft]:
    """`init_group`, `init_array` and `tree` are said with the functions and methods that zarr 3 has; `save` takes arrays."""
    for call, name in named_calls(context):
        if name == "zarr.tree" and call.args:
            edit = ReplaceExpression(call, Template("{group}.tree()", {"group": call.args[0]}))
            yield Draft(call, "a group shows its own tree", Applicability.SAFE, (edit,))
        elif name == "zarr.storage.init_group":
            yield from _init_group(context, call)
        elif name == "zarr.storage.init_array":
            yield from _init_array(context, call)
        elif name in SAVES:
            yield from saved(context, call, name)


def _init_group(context: Context, call: ast.Call) -> Iterator[Draft]:
    order = "store overwrite path chunk_store".split()
    change = CallChange(context, call, Signature(tuple(order), 1, Family.GROUP), Target.UNKNOWN)
    mode = "w" if constant(change.value("overwrite")) is True else "w-"
    change.remove("overwrite")
    change.common()
    change.add["mode"] = Template(f'"{mode}"')
    zarr, imports = context.module("zarr", call)
    change.function = Template(f"{zarr}.open_group")
    change.edits += imports
    change.review.append("a group that is there already is an error" if mode == "w-" else "what is there is replaced")
    yield from change.drafts("init_group of zarr 2")


def _init_array(context: Context, call: ast.Call) -> Iterator[Draft]:
    order = "store shape chunks dtype compressor fill_value order overwrite path chunk_store filters object_codec"
    change = CallChange(context, call, Signature(tuple(order.split()), 0, Family.CREATE), target(context, None))
    shape = change.arguments.get("shape")
    if isinstance(shape, ast.expr):
        change.rename.pop(shape, None)
    change.common()
    change.array()
    zarr, imports = context.module("zarr", call)
    change.function = Template(f"{zarr}.create")
    change.edits += imports
    change.review.append("the groups above are made too")
    yield from change.drafts("init_array of zarr 2")
