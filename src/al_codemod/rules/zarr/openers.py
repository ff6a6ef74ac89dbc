"""Functions of zarr that open and make nodes, on stores that no V1 repo is known to be behind."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import is_hidden, unpacked
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.calls import CallChange
from al_codemod.rules.zarr.codecs import definition_edits, definitions
from al_codemod.rules.zarr.saving import is_for_zarr_2
from al_codemod.rules.zarr.support import (
    Target,
    constant,
    is_array,
    is_none,
    named_calls,
    places,
    target,
    zarr_rule,
)
from al_codemod.semantics.arguments import argument
from al_codemod.surface.signatures import ARRAY_KEYWORDS
from al_codemod.surface.zarr.signatures import SIGNATURES, Family


@zarr_rule(
    "AL452",
    "zarr-2-call",
    rows="Z001 Z002 Z003 Z018 Z019 Z020 Z022 Z023 Z025 Z026 Z028 Z029 Z030 Z031 Z032 Z034 Z035 Z036 Z037 Z039 Z040 Z041 Z043 "
    "Z017 Z044 Z045 Z046 Z052 Z053 Z054 Z060 Z065 Z066 Z067 Z072 Z075 Z076 Z078 Z081 Z082 Z086 Z090 Z091 Z095 Z233 Z336",
    before="""
import zarr

root = zarr.open_group("rain.zarr", "w")
days = zarr.open_array("days.zarr", "w", 365, True, "i4", write_empty_chunks=False)
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", mode="w")
days = zarr.open_array("days.zarr", mode="w", shape=365, dtype="i4", config={"write_empty_chunks": False})
""",
)
def calls(context: Context) -> Iterator[Draft]:
    """Functions that open and make groups and arrays take all but the store or the shape by keyword, and other keywords.

    `zarr_version` is called `zarr_format`, `write_empty_chunks` and `order` are in `config`, codecs are those of
    `zarr.codecs`, and keywords without a meaning are dropped. `open_array` no longer creates unless it is told to.
    """
    for call, name in named_calls(context):
        signature = SIGNATURES.get(name)
        if signature is None:
            continue
        change = CallChange(context, call, signature, Target.UNKNOWN)
        change.target = target(context, change.value("store"))
        if change.target is Target.ICECHUNK:
            yield from _on_icechunk(change, name)
            continue
        change.common()
        if signature.family is Family.CREATE:
            change.array()
        if name == "zarr.open_array" and "mode" not in change.arguments and _creates(change):
            change.add["mode"] = Template('"a"')
        if name == "zarr.load":
            _load(change)
        if name == "zarr.open" and change.known("mode") in ("w-", "x"):
            _new_group(change)
        if name == "zarr.save_array":
            _saved(change)
        if (
            name == "zarr.array"
            and not change.gives("store")
            and is_array(context, change.call.args[0] if call.args else call)
        ):
            change.add["store"] = Template("{{}}")
            change.review.append("a copy of an array wants to know where it is to be")
        yield from change.drafts(f"{name} of zarr 2")


def _new_group(change: CallChange) -> None:
    """`open` with `mode="w-"` made a group where no shape was given, and fails now."""
    if any(change.gives(name) for name in ("shape", "dtype", "chunks")):
        return
    if is_hidden(unpacked(change.context, change.call)):
        instead = "open_group(store, mode='w-') where no shape is given"
        change.flag("mode", "open makes arrays only with mode='w-'", instead)
        return
    zarr, imports = change.context.module("zarr", change.call)
    change.function = Template(f"{zarr}.open_group")
    change.edits += imports


def _saved(change: CallChange) -> None:
    """`save_array` takes no chunks any more, and does not overwrite unless it is told to."""
    overwrites = {"mode", "overwrite"} & set(change.arguments)
    if "chunks" in change.arguments and "arr" in change.arguments:
        zarr, imports = change.context.module("zarr", change.call)
        change.function = Template(f"{zarr}.create_array")
        change.edits += imports
        change.put("arr", None, "data")
        if "path" in change.arguments:
            change.put("path", None, "name")
        if not overwrites:
            change.add["overwrite"] = Template("True")
    elif not overwrites and (change.rename or change.replace or is_for_zarr_2(change.context)):
        change.add["mode"] = Template('"w"')


def _on_icechunk(change: CallChange, name: str) -> Iterator[Draft]:
    """What is about the array, on a store of a repo; all else is a matter of the rules about repos."""
    statement = change.context.program.parents.get(change.call)
    where = places(change.context, change.value(change.signature.store))
    if name == "zarr.consolidate_metadata" and isinstance(statement, ast.Expr):
        message = "Icechunk has no consolidated metadata, and needs none"
        yield Draft(change.call, message, Applicability.SAFE, (ReplaceStatement(statement),), where)
    elif name == "zarr.open_consolidated":
        zarr, imports = change.context.module("zarr", change.call)
        for parameter in ("metadata_key", "mode"):
            change.remove(parameter)
        change.function = Template(f"{zarr}.open_group")
        change.add["mode"] = Template('"r"')
        change.edits += imports
        yield from change.drafts("Icechunk has no consolidated metadata", where)
    elif change.signature.family is Family.CREATE:
        change.rename = {a: n for a, n in change.rename.items() if n in ARRAY_KEYWORDS}
        change.array()
        yield from change.drafts(f"{name} of zarr 2", where)


def _creates(change: CallChange) -> bool:
    """Whether `open_array` is told what to create."""
    return bool({"shape", "dtype", "chunks"} & set(change.arguments))


def _load(change: CallChange) -> None:
    """Zarr 2 took the version second, and so did hardly anybody."""
    if is_none(change.value("zarr_version")):
        change.remove("zarr_version")


@zarr_rule(
    "AL453",
    "codec-definition",
    rows="Z309 Z310 Z311 Z312 Z313 Z314 Z315 Z316 Z317 Z318 Z319 Z320 Z325 Z326 Z327 Z328 Z329 Z330 Z331 Z332 Z333 Z335",
    before="""
import zarr
from numcodecs import Blosc

codec = Blosc(cname="zstd", clevel=3, shuffle=Blosc.BITSHUFFLE)
root = zarr.group()
root.create_dataset("rain", shape=4, dtype="f4", compressor=codec)
""",
    after="""
import zarr

codec = zarr.codecs.BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")
root = zarr.group()
root.create_array("rain", shape=4, dtype="f4", compressors=codec)
""",
)
def codec_definitions(context: Context) -> Iterator[Draft]:
    """A codec of numcodecs that is bound to a name, and only ever used to write, is made as a codec of zarr 3."""
    for node, edits in definition_edits(definitions(context)):
        yield Draft(node, "zarr 3 has codecs of its own", Applicability.REVIEW, edits)


@zarr_rule(
    "AL454",
    "direct-construction",
    rows="Z084 Z085",
    before="""
import zarr

root = zarr.Group("rain.zarr", path="days", read_only=True)
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", path="days", mode="r")
""",
)
def construction(context: Context) -> Iterator[Draft]:
    """`zarr.Group(store)` and `zarr.Array(store)` opened what was there; in zarr 3 that is `open_group` and `open_array`."""
    for call, name in named_calls(context):
        if name not in {"zarr.Group", "zarr.Array"} or not (call.args or call.keywords):
            continue
        if any(k.arg in {"_async_group", "_async_array"} for k in call.keywords) or _is_async(call):
            continue
        change_names = {k.arg for k in call.keywords}
        store = argument(call, 0, "store")
        if target(context, store) is Target.ICECHUNK or not change_names <= {"store", "path", "read_only"}:
            continue
        parts, holes = _constructed(call)
        zarr, imports = context.module("zarr", call)
        function = "open_group" if name == "zarr.Group" else "open_array"
        text = Template(f"{zarr}.{function}({', '.join(parts)})", holes)
        yield Draft(
            call, f"{name} is not for opening any more", Applicability.REVIEW, (ReplaceExpression(call, text), *imports)
        )


def _is_async(call: ast.Call) -> bool:
    return bool(call.args) and "async" in ast.unparse(call.args[0]).lower()


def _constructed(call: ast.Call) -> tuple[list[str], dict[str, ast.expr]]:
    given = dict(zip(("store", "path", "read_only"), call.args, strict=False)) | {
        str(k.arg): k.value for k in call.keywords
    }
    parts = ["{store}"] if "store" in given else []
    parts += ["path={path}"] if "path" in given else []
    flag = given.get("read_only")
    if flag is None or constant(flag) is not ...:
        parts.append('mode="r"' if constant(flag) is True else 'mode="r+"')
        given.pop("read_only", None)
    else:
        parts.append('mode="r" if {read_only} else "r+"')
    return parts, given
