"""Members of zarr 2 groups, on groups that come from a V1 repo."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.zarr.methods import method_drafts
from al_codemod.rules.zarr.support import Target
from al_codemod.surface.kinds import NODES, Kind
from al_codemod.surface.members import MEMBERS, NDARRAY_NAMES
from al_codemod.surface.zarr.signatures import METHODS


@rule(
    "AL407",
    "zarr-2-group-method",
    rows="repo.32 store.12",
    before="""
from arraylake import Client

repo = Client().create_repo("org/repo")
array = repo.root_group.create_dataset("a", shape=4, chunks=2, dtype="i4")
array[:] = 1
repo.commit("ones")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().create_repo("org/repo")
session = repo.writable_session(branch="main")
array = zarr.open_group(session.store, mode="a").create_array("a", shape=4, chunks=2, dtype="i4")
array[:] = 1
session.commit("ones")
""",
)
def group_method(context: Context) -> Iterator[Draft]:
    """`create_dataset` and its relatives are called `create_array` in zarr 3 and take their arguments by keyword."""
    for use in context.uses(NODES, " ".join(METHODS)):
        if use.call is not None and use.value.origin is not None:
            yield from method_drafts(context, use, use.call, Target.ICECHUNK, context.place(use.value))


@rule(
    "AL408",
    "zarr-2-group-attribute",
    rows="repo.32",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.root_group.levels[:])
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(zarr.open_group(session.store, mode="r")["levels"][:])
""",
)
def group_attribute(context: Context) -> Iterator[Draft]:
    """The children of a group are no longer its attributes."""
    for use in context.members((Kind.GROUP, Kind.NODE)):
        name = use.node.attr
        if (use.value.kind, name) in MEMBERS or name.startswith("_") or use.value.origin is None:
            continue
        if use.value.kind is Kind.NODE and name in NDARRAY_NAMES:
            continue
        if not any(v.kind is Kind.NODE and v.node is use.node for v in context.program.of(use.node)):
            continue
        new = Template(f'{{group}}["{name}"]', {"group": use.node.value})
        applicability = Applicability.SAFE if use.value.kind is Kind.GROUP else Applicability.REVIEW
        edits = (ReplaceExpression(use.node, new),)
        yield Draft(use.node, "a child of a group is an item of it", applicability, edits, context.place(use.value))


GONE: Final = {
    "move": "on icechunk 2: s = repo.rearrange_session(branch); s.move('/src', '/dst'); s.commit(...)",
    "create_groups": "create_group for each name",
    "info_items": "info",
    "hexdigest": "compare the values",
    "digest": "compare the values",
    "islice": "iterate over array[start:stop]",
    "pop": "read it, then del group[name]",
    "popitem": "read it, then del group[name]",
    "setdefault": "if name not in group: group[name] = ...",
    "clear": "del group[name] for each name",
    "view": "convert what was read: array[:].view(...)",
    "compressor": "array.compressors",
}
"""Members of zarr 2 groups and arrays that zarr 3 no longer has, and what to write instead."""


@rule(
    "AL410",
    "zarr-2-member-gone",
    rows="repo.32 store.18",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.info_items()
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
zarr.open_group(session.store, mode="r").info_items()
""",
)
def gone(context: Context) -> Iterator[Draft]:
    """Members of zarr 2's groups and arrays that zarr 3 has no equal for are pointed at, not rewritten."""
    for use in context.uses(NODES, " ".join(GONE)):
        if use.value.kind is Kind.NODE and use.node.attr in NDARRAY_NAMES:
            continue
        message = f"zarr 3 has no {use.node.attr}"
        yield Draft(use.node, message, Applicability.MANUAL, (), (), GONE[use.node.attr])
    for use in context.uses(NODES, "arrays groups array_keys group_keys"):
        if use.call is not None and (use.call.args or use.call.keywords):
            message = "zarr 3 does not recurse here"
            yield Draft(use.call, message, Applicability.MANUAL, (), (), "group.members(max_depth=None)")
    for statement in context.nodes(ast.Delete):
        for target in statement.targets:
            if isinstance(target, ast.Subscript) and any(v.kind in NODES for v in context.program.of(target.value)):
                if isinstance(target.slice, ast.Constant) and "/" in str(target.slice.value).strip("/"):
                    message = "the groups above what is deleted stay, where V1 had only implied them"
                    yield Draft(target, message, Applicability.MANUAL, (), (), "delete them as well if they are empty")
