"""`repo.status()`: what is uncommitted, shown or asked for its truth."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.branches import at
from al_codemod.rules.following import LOGGED, is_condition, source_of
from al_codemod.rules.reading import NOT_NAMED, session_at
from al_codemod.surface.kinds import REPOS, Kind

RECIPE = (
    "session.has_uncommitted_changes says whether there are changes; session.status() has new_groups, new_arrays, "
    "updated_groups, updated_arrays, updated_chunks, deleted_groups and deleted_arrays, by paths such as /a/b"
)
DANGER = "`repo.status` of Icechunk 2 is a property with another meaning: whether the repository is online"
SHOWN = frozenset({"print", "repr", "str", "display"})


@rule(
    "AL321",
    "status-of-repo",
    rows="repo.44 repo.45 repo.46 types.12 asyncrepo.06",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
print(repo.status())
if len(repo.status().modified_paths) > 0:
    repo.commit("add levels")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
print(session.status())
if session.has_uncommitted_changes:
    session.commit("add levels")
""",
)
def status(context: Context) -> Iterator[Draft]:
    """The status belongs to the session. Where only its truth is asked for, that is `has_uncommitted_changes`.

    Icechunk has a `repo.status` too, which says something else. The status of a session is true even when nothing has
    changed.
    """
    for use in context.uses(REPOS, "status"):
        places = context.place(use.value)
        try:
            edits = tuple(Status(context, use).edits())
        except Blocked as reason:
            message = f"the status of a repo: {reason}"
            instead = NOT_NAMED if reason.args[0] == NOT_NAMED else RECIPE
            yield Draft(use.site, message, Applicability.MANUAL, (), places, instead)
            yield from left(context, use, Kind.STATUS, instead)
            continue
        yield Draft(use.site, "ask the session for its changes", Applicability.REVIEW, edits, places)


def left(context: Context, use: Use, kind: Kind, instead: str) -> Iterator[Draft]:
    """The members of an object that is left as it is."""
    for member in context.members((kind,)):
        if source_of(member.value) is use.call:
            message = f"`{member.node.attr}` of a V1 {kind}"
            yield Draft(member.node, message, Applicability.MANUAL, (), context.place(use.value), instead)


class Status:
    """One status and all that is made of it."""

    def __init__(self, context: Context, use: Use) -> None:
        self.context = context
        self.parents = context.program.parents
        self.use = use

    def edits(self) -> Iterator[Edit]:
        call = self.use.call
        if call is None:
            raise Blocked(DANGER)
        why = self.context.shared.following.reasons.get(call)
        if why is not None:
            raise Blocked(at(why, call))
        session = session_at(self.context, self.use)
        if session is None:
            raise Blocked(NOT_NAMED)
        uses = self.context.shared.following.uses.get(call, [])
        alone = [n for n in uses if self.kind(n) is Kind.STATUS and not isinstance(self.parents[n], ast.Attribute)]
        paths = [n for n in uses if self.kind(n) is Kind.MODIFIED]
        site = self.parents[call] if self.use.value.kind is Kind.ASYNC_REPO else call
        if not isinstance(site, ast.expr) or (
            self.use.value.kind is Kind.ASYNC_REPO and not isinstance(site, ast.Await)
        ):
            raise Blocked("it is not awaited here")
        if not paths:
            for node in alone:
                self.check_shown(node)
            yield ReplaceExpression(site, Template(f"{session.text}.status()", session.holes))
            return
        for node in alone:
            if not isinstance(self.parents[node], ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Await | ast.Return):
                raise Blocked(f"it is shown as well as asked for its paths (line {node.lineno})")
        replaced = [e for node in paths for e in self.truth(node)]
        new = Template(f"{session.text}.has_uncommitted_changes", session.holes)
        for node in uses:
            parent = self.parents[node]
            if isinstance(parent, ast.Attribute) and self.kind(node) is Kind.STATUS:
                yield ReplaceExpression(parent, new if node is site else Template("{status}", {"status": node}))
            elif node is site:
                yield ReplaceExpression(site, new)
        yield from replaced

    def kind(self, node: ast.expr) -> Kind:
        return next(v.kind for v in self.context.program.of(node))

    def check_shown(self, node: ast.expr) -> None:
        parent = self.parents[node]
        match parent:
            case ast.Call(func=ast.Name(id=name)) if name in SHOWN:
                return
            case ast.Call(func=ast.Attribute(attr=name)) if name in LOGGED and not self.is_of_program(parent):
                return
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
                return
            case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.Await() | ast.FormattedValue():
                return
        raise Blocked(f"it is used in a way that has no counterpart (line {node.lineno})")

    def is_of_program(self, call: ast.Call) -> bool:
        """Whether a call may be one of a function of the program."""
        return any(v.kind is not Kind.NAME for v in self.context.program.of(call.func))

    def truth(self, node: ast.expr) -> Iterator[Edit]:
        """Make the use of a list of paths one of whether there are any. Raises `Blocked` where it is more."""
        parent = self.parents[node]
        match parent:
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.Return():
                return
            case ast.Call(func=ast.Name(id="len")):
                yield from self.length(parent, node)
                return
            case ast.Compare():
                yield self.compared(parent, node, node)
                return
        if not is_condition(self.context.program, node):
            raise Blocked(f"its paths are used (line {node.lineno})")

    def length(self, call: ast.Call, node: ast.expr) -> Iterator[Edit]:
        outer = self.parents[call]
        if isinstance(outer, ast.Compare):
            yield self.compared(outer, call, node)
        elif is_condition(self.context.program, call):
            yield ReplaceExpression(call, Template("{status}", {"status": node}))
        else:
            raise Blocked(f"its paths are counted (line {node.lineno})")

    def compared(self, compare: ast.Compare, side: ast.expr, node: ast.expr) -> Edit:
        """`len(paths) > 0`, `paths != []` and the like."""
        if compare.left is side and len(compare.ops) == 1:
            other = compare.comparators[0]
            bound = other.value if isinstance(other, ast.Constant) and side is not node else None
            empty = side is node and isinstance(other, ast.List) and not other.elts
            holes = {"status": node}
            match compare.ops[0], bound:
                case (ast.Gt() | ast.NotEq(), 0) | (ast.GtE(), 1):
                    return ReplaceExpression(compare, Template("{status}", holes))
                case (ast.Eq() | ast.LtE(), 0) | (ast.Lt(), 1):
                    return ReplaceExpression(compare, Template("not {status}", holes))
                case ast.NotEq(), None if empty:
                    return ReplaceExpression(compare, Template("{status}", holes))
                case ast.Eq(), None if empty:
                    return ReplaceExpression(compare, Template("not {status}", holes))
        raise Blocked(f"its paths are counted (line {node.lineno})")
