"""What the rules about plain zarr share: names, guards, and where a store lies."""

import ast
import re
from collections.abc import Callable, Container, Iterator
from enum import StrEnum
from functools import wraps
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit
from al_codemod.rules.base import Context, Draft, RuleFunction, Shared, rule
from al_codemod.rules.naming import dotted
from al_codemod.semantics.assumptions import is_none as is_none
from al_codemod.semantics.places import Place
from al_codemod.semantics.program import Program
from al_codemod.surface.kinds import HANDLES, NODES, Kind
from al_codemod.surface.zarr.signatures import SIGNATURES, Family

GROUPS: Final = frozenset({Kind.GROUP, Kind.ZARR_GROUP})
ARRAYS: Final = frozenset({Kind.ARRAY, Kind.ZARR_ARRAY})
ALL_NODES: Final = NODES | {Kind.ZARR_GROUP, Kind.ZARR_ARRAY, Kind.ZARR_NODE}
PLAIN_NODES: Final = (Kind.ZARR_GROUP, Kind.ZARR_ARRAY, Kind.ZARR_NODE)
EVIDENCE: Final = "AL450"
END: Final = "AL470"
_VERSION_TEST: Final = re.compile(r"(?i)version|zarr_?v?[23]\b|zarr_\w*v[23]\b|\bis_?v[23]\b|has_zarr")
_IMPORT_ERRORS: Final = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError"})


MEMORY: Final = frozenset({"MemoryStore", "KVStore", "DictStore"})
"""Stores that are gone when the program ends, so that nobody asks for their format."""


class Target(StrEnum):
    """Where a store lies."""

    ICECHUNK = "icechunk"  # a V1 store now, a session's store then
    PLAIN = "plain"
    MEMORY = "memory"
    UNKNOWN = "unknown"


def zarr_rule(code: str, name: str, *, rows: str, before: str, after: str) -> Callable[[RuleFunction], RuleFunction]:
    """Register a rule about zarr, xarray or dask. What stands behind a test of the version is left out: it is for both."""

    def register(function: RuleFunction) -> RuleFunction:
        @wraps(function)
        def unguarded(context: Context) -> Iterator[Draft]:
            if not speaks_zarr(context) or context.source.tree in context.shared.once(_guarded_modules):
                return
            yield from (draft for draft in function(context) if not is_behind_test(context.program, draft.node))

        return rule(code, name, rows=rows, before=before, after=after)(unguarded)

    return register


def speaks_zarr(context: Context) -> bool:
    """Whether a module can hold anything of zarr: it names it, or was handed a group or array from elsewhere."""
    return context.once(_speaks_zarr)


def _speaks_zarr(context: Context) -> bool:
    if "zarr" in context.source.text or "numcodecs" in context.source.text:
        return True
    nodes = [*context.nodes(ast.Name), *context.nodes(ast.Attribute)]
    return any(v.kind in ALL_NODES for n in nodes for v in context.program.of(n))


def _guarded_modules(shared: Shared) -> set[ast.AST]:
    """The modules that the program imports behind a test of the version only: what they hold is for that version."""
    imports = shared.program.imports.statements
    guarded: set[ast.AST] = set()
    others: set[ast.AST] = set()
    for statement, run in imports.items():
        (guarded if is_behind_test(shared.program, statement) else others).update(module.tree for module in run)
    return guarded - others


def is_behind_test(program: Program, node: ast.AST) -> bool:
    """Whether a node stands behind such a test, in whatever module of the program."""
    child = node
    for parent in program.ancestors(node):
        match parent:
            case ast.If() | ast.IfExp() if child is not parent.test and _VERSION_TEST.search(ast.unparse(parent.test)):
                return True
            case ast.Try() if child in parent.body or child in parent.handlers:
                names = {
                    n for h in parent.handlers if h.type is not None for n in re.findall(r"\w+", ast.unparse(h.type))
                }
                if names & _IMPORT_ERRORS and ("AttributeError" in names or _imports(parent)):
                    return True
        child = parent
    return False


def _imports(node: ast.Try) -> bool:
    return any(isinstance(n, ast.Import | ast.ImportFrom) for s in node.body for n in ast.walk(s))


def named_calls(context: Context) -> list[tuple[ast.Call, str]]:
    """Every call of something importable, with the canonical name of that."""
    return context.once(_named_calls)


def _named_calls(context: Context) -> list[tuple[ast.Call, str]]:
    found = [(call, dotted(context, call.func)) for call in context.nodes(ast.Call)]
    return [(call, name) for call, name in found if name]


def references(context: Context) -> Iterator[tuple[ast.Name | ast.Attribute, str]]:
    """Every use of something of zarr or numcodecs by its name, the longest dotted names only."""
    nodes: list[ast.Name | ast.Attribute] = [*context.nodes(ast.Attribute), *context.nodes(ast.Name)]
    for node in nodes:
        if isinstance(node.ctx, ast.Del) or not is_imported(context, node):
            continue
        name = dotted(context, node)
        if name.partition(".")[0] in PACKAGES:
            yield node, name


PACKAGES: Final = frozenset({"zarr", "numcodecs"})


def is_imported(context: Context, node: ast.expr) -> bool:
    """Whether a name is imported from zarr or numcodecs itself, and not another name of what another place has from there."""
    while isinstance(node, ast.Attribute):
        node = node.value
    names = context.once(_imported)
    return isinstance(node, ast.Name) and (node.id in names or "*" in names)


def _imported(context: Context) -> set[str]:
    """The names that a module has from zarr and numcodecs; a star where that is not said."""
    found: set[str] = set()
    for plain in context.nodes(ast.Import):
        for alias in plain.names:
            if (root := alias.name.partition(".")[0]) in PACKAGES:
                found.add(alias.asname or root)
    for statement in context.nodes(ast.ImportFrom):
        if any(alias.name == "*" for alias in statement.names):
            found.add("*")
        elif not statement.level and (statement.module or "").partition(".")[0] in PACKAGES:
            found |= {alias.asname or alias.name for alias in statement.names}
    return found


def is_only(context: Context, node: ast.AST, kinds: Container[Kind]) -> bool:
    """Whether an expression is sure to be of one of some kinds."""
    values = context.program.of(node)
    return bool(values) and all(v.kind in kinds for v in values)


_ARRAY_MEMBERS: Final = frozenset({"shape", "dtype", "ndim", "chunks", "fill_value", "nchunks", "append", "resize"})


def is_array(context: Context, node: ast.expr) -> bool:
    """Whether an expression is an array: by how it was made, or, where that may be a group, by what it is asked for."""
    if is_only(context, node, ARRAYS):
        return True
    return is_only(context, node, {*ARRAYS, Kind.ZARR_NODE}) and ast.unparse(node) in context.once(_array_texts)


def _array_texts(context: Context) -> set[str]:
    """The source of what is asked for members of arrays, or for a range of elements."""
    members = {ast.unparse(n.value) for n in context.nodes(ast.Attribute) if n.attr in _ARRAY_MEMBERS}
    ranges = (n for n in context.nodes(ast.Subscript) if isinstance(n.slice, ast.Slice) or _is_ellipsis(n.slice))
    return members | {ast.unparse(n.value) for n in ranges}


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def target(context: Context, store: ast.expr | None) -> Target:
    """Where the store lies that an argument names."""
    if store is None or (isinstance(store, ast.Constant) and store.value is None):
        return Target.MEMORY
    kinds = {v.kind for v in context.program.of(store)}
    if kinds & HANDLES or Kind.NEW_SESSION in kinds:
        return Target.ICECHUNK
    if Kind.ZARR_STORE in kinds:
        names = {v.name for v in context.program.of(store)}
        return Target.MEMORY if names <= MEMORY and names else Target.PLAIN
    value = (context.assigned(store) if isinstance(store, ast.Name) else None) or store
    if isinstance(value, ast.Dict):
        return Target.MEMORY
    text = ast.unparse(value)
    if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str)):
        return Target.PLAIN
    return Target.PLAIN if re.search(r"\bPath\(|path\.join\(|\.zarr['\"]", text) else Target.UNKNOWN


def beginning(context: Context, url: ast.expr | None) -> str | None:
    """The literal text that an URL or path begins with."""
    value = context.assigned(url) if isinstance(url, ast.Name) else url
    if isinstance(value, ast.JoinedStr) and value.values:
        value = value.values[0] if isinstance(value.values[0], ast.expr) else None
    text = constant(value)
    return text if isinstance(text, str) and text else None


def takes_no_options(context: Context, store: ast.expr | None) -> bool:
    """Whether a store is sure to be none that fsspec opens by its URL, so that zarr 3 refuses options for it."""
    start = beginning(context, store)
    return start is not None and ("://" not in start or start.startswith(("memory://", "file://")))


def places(context: Context, node: ast.expr | None) -> tuple[Place, ...]:
    """The repos that an expression may hang on."""
    return tuple(p for v in context.program.of(node) if v.origin is not None for p in context.place(v))


def constant(node: ast.expr | None) -> object:
    """The value of a literal, `...` where it is none."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -node.operand.value if isinstance(node.operand.value, int) else ...
    return ...


def is_zarr_2(context: Context) -> bool:
    """Whether a module is written for zarr 2: it works on V1 repos, or another rule has found what only zarr 2 has.

    What means one thing in zarr 2 and another in zarr 3 is spoken of there only.
    """
    program = context.program
    if context.uses_arraylake and program.places.all and not program.new_api_uses:
        return True
    return any(draft.edits and EVIDENCE <= draft.code < END for draft in context.drafts)


def may_be_zarr_2(context: Context) -> bool:
    """Whether a module is written for zarr 2, or at least nothing in the program is for zarr 3 only.

    That is no reason to change anything, but one to speak of what means something else in zarr 3.
    """
    return is_zarr_2(context) or not context.shared.is_for_zarr_3


def supposed(context: Context, draft: Draft, instead: str) -> Draft:
    """A draft as it is where the module is sure to be for zarr 2; where it only may be, what it says without its edits."""
    if is_zarr_2(context):
        return draft
    return Draft(draft.node, draft.message, Applicability.MANUAL, instead=instead)


def member_draft(
    context: Context, node: ast.expr, message: str, edits: tuple[Edit, ...], how: Applicability = Applicability.SAFE
) -> Draft:
    """The draft about a member of a group or array, made with those of the repos that it hangs on."""
    receiver = node.value if isinstance(node, ast.Attribute) else node
    return Draft(node, message, how, edits, places(context, receiver))


CREATES: Final = frozenset(n for n, s in SIGNATURES.items() if s.family is Family.CREATE and n != "zarr.open")
"""The functions that make arrays."""


def keyword_names(call: ast.Call) -> set[str]:
    """The keywords that are written in a call."""
    return {k.arg for k in call.keywords if k.arg is not None}
