"""Where V1 objects go: whether all that is done with one, and with what is taken from it, can be rewritten.

The objects here are the ones without a counterpart in Icechunk: lists of branches and tags, the commit log, a status,
a session and what they hold. Each comes from one expression, its source: `repo.tags`, `repo.tag("v1")`,
`repo.status()`. All uses of it are rewritten together with the source, or none is.
"""

import ast
from typing import Final

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.program import Program
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import Value, Values
from al_codemod.surface.kinds import REPOS, Effect, Kind

ELEMENT_MEMBERS: Final = {
    Kind.BRANCH: frozenset({"id", "commit_id"}),
    Kind.TAG: frozenset({"id", "label", "commit_id", "commit"}),
    Kind.COMMIT: frozenset({"id", "message", "parent_commit", "commit_time", "author_name", "author_email"}),
    Kind.LOG: frozenset({"rich_output"}),
    Kind.STATUS: frozenset({"modified_paths"}),
    Kind.SESSION: frozenset({"branch", "base_commit", "abandon", "update_expiration"}),
}
"""The members that have a counterpart; every other member of these objects is left to a person."""

LISTS: Final = frozenset({Kind.BRANCHES, Kind.TAGS, Kind.LOG, Kind.MODIFIED, Kind.TREE})
FOLLOWED: Final = LISTS | ELEMENT_MEMBERS.keys()
LOOKED_UP: Final = frozenset(
    {(Kind.BRANCH, "commit_id"), (Kind.TAG, "commit_id"), (Kind.TAG, "commit"), (Kind.COMMIT, "parent_commit")}
)
"""The members that are looked up in the repo, which must have a name there."""

READERS: Final = frozenset(
    [
        *("len", "list", "tuple", "sorted", "reversed", "iter", "next", "bool", "print", "repr", "str", "any", "all"),
        *("min", "max", "map", "filter", "enumerate", "zip", "display"),
    ]
)
"""Builtins that such objects may be given to."""

HARMLESS: Final = (
    *(ast.Expr, ast.Await, ast.NamedExpr, ast.BoolOp, ast.FormattedValue, ast.IfExp),
    *(ast.ListComp, ast.SetComp, ast.GeneratorExp),
)
"""What an object may be part of, since it comes out of it as it is or nothing comes of it."""

OTHER_USES: Final[dict[type[ast.AST], str]] = {
    ast.Assign: "it is kept where it is not followed",
    ast.AnnAssign: "it is kept where it is not followed",
    ast.For: "its elements are taken apart",
    ast.AsyncFor: "its elements are taken apart",
    ast.comprehension: "its elements are taken apart",
    ast.Starred: "it is passed on in parts",
    ast.Return: "it is returned to callers that are not seen",
}
"""How to speak of the others."""
LOGGED = frozenset("debug info warning error critical exception echo secho".split())
"""Methods of loggers, and what prints with click."""


class Following:
    """All objects of one program, their sources, and why those that are not rewritten are not."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.uses: dict[ast.AST, list[ast.expr]] = {}
        self.reasons: dict[ast.AST, tuple[ast.AST, str]] = {}
        together: list[frozenset[ast.AST]] = []
        for node, values in program.inference.values.items():
            found = sources(values)
            if (
                not found
                or not isinstance(node, ast.expr)
                or not isinstance(getattr(node, "ctx", None), ast.Load | None)
            ):
                continue
            together.append(found)
            reason = self.reason(node, values)
            for source in found:
                self.uses.setdefault(source, []).append(node)
                if reason:
                    self.reasons.setdefault(source, (node, reason))
        self.spread(together)

    def spread(self, together: list[frozenset[ast.AST]]) -> None:
        """Sources whose objects meet in one variable share their fate."""
        changed = True
        while changed:
            changed = False
            for group in together:
                blocked = next((self.reasons[s] for s in group if s in self.reasons), None)
                for source in group if blocked is not None else ():
                    if source not in self.reasons and blocked is not None:
                        self.reasons[source] = blocked
                        changed = True

    def why_not(self, value: Value) -> tuple[ast.AST, str] | None:
        """The use, and what is wrong with it, that keeps an object from being rewritten."""
        source = source_of(value)
        return self.reasons.get(source) if source is not None else None

    # -- one use

    def reason(self, node: ast.expr, values: Values) -> str:
        """Why the use of an object at `node` cannot be rewritten; empty where it can."""
        if is_condition(self.program, node):
            return ""
        if any(v.kind not in FOLLOWED for v in values):
            return "it may also be something else here"
        parent = self.program.parents[node]
        match parent:
            case ast.Attribute():
                return self.member(parent, values)
            case ast.Call() | ast.keyword():
                call = parent if isinstance(parent, ast.Call) else self.program.parents[parent]
                return self.passed(node, call) if isinstance(call, ast.Call) else "it is passed to a class"
            case ast.Compare():
                return self.compared(node, parent)
        harmless = isinstance(parent, HARMLESS) or self.is_kept(parent) or self.is_read(node, parent)
        return "" if harmless else OTHER_USES.get(type(parent), "it is used in a way that has no counterpart")

    def is_kept(self, parent: ast.AST) -> bool:
        """Whether an object goes where its uses are seen: a variable, or callers that are known."""
        match parent:
            case ast.Assign():
                return all(self.is_followed(target) for target in parent.targets)
            case ast.AnnAssign():
                return self.is_followed(parent.target)
            case ast.Return():
                return bool(self.program.inference.calling.calls.get(self.program.scope(parent).function.node))
        return False

    def is_read(self, node: ast.expr, parent: ast.AST) -> bool:
        """Whether an object is only iterated, indexed or printed."""
        match parent:
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                return parent.iter is not node or isinstance(parent.target, ast.Name)
            case ast.Starred() if isinstance(call := self.program.parents[parent], ast.Call):
                return self.builtin(call) == "print"
            case ast.Subscript():
                return parent.value is node and isinstance(parent.ctx, ast.Load)
        return False

    def is_followed(self, target: ast.expr) -> bool:
        return self.program.inference.location(target, self.program.scope(target)) is not None

    def compared(self, node: ast.expr, compare: ast.Compare) -> str:
        """Two elements can be compared as well as before, and so can a list with an empty one or with `None`."""
        others = [operand for operand in (compare.left, *compare.comparators) if operand is not node]
        same = all(isinstance(op, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) for op in compare.ops)
        for other in others:
            kinds = {v.kind for v in self.program.of(other)}
            empty = isinstance(other, ast.Constant) and other.value is None
            empty |= isinstance(other, ast.List) and not other.elts
            if not same or not (empty or (kinds and kinds == {v.kind for v in self.program.of(node)})):
                return "it is compared with something else"
        return ""

    def passed(self, node: ast.expr, call: ast.Call) -> str:
        """What a call does with an object that it is given."""
        builtin = self.builtin(call)
        if builtin in ("enumerate", "zip"):
            outer = self.program.parents[call]
            looped = isinstance(outer, ast.For | ast.AsyncFor | ast.comprehension) and isinstance(
                outer.target, ast.Tuple
            )
            return "" if looped else f"it is taken apart by {builtin}"
        if builtin in ("map", "filter"):
            return "" if len(call.args) == 2 and self.is_function(call.args[0]) else f"it is taken apart by {builtin}"
        if builtin is not None:
            key = next((k.value for k in call.keywords if k.arg == "key"), None)
            return (
                "" if key is None or self.is_function(key) else "its elements are passed to a function that is not seen"
            )
        callees = self.program.of(call.func)
        if callees and all(v.kind is Kind.FUNCTION and self.binds(v.node, call, node) for v in callees):
            return ""
        values = self.program.of(node)
        if not callees and getattr(call.func, "attr", "") in LOGGED and all(v.kind is Kind.STATUS for v in values):
            return ""  # what is logged is only shown
        return "it is passed to code that is not seen"

    def builtin(self, call: ast.Call) -> str | None:
        function = call.func
        if isinstance(function, ast.Name) and function.id in READERS and not self.program.of(function):
            return function.id if self.program.is_builtin(function) else None
        return None

    def is_function(self, node: ast.expr) -> bool:
        values = self.program.of(node)
        return bool(values) and all(v.kind is Kind.FUNCTION for v in values)

    def binds(self, function: ast.AST | None, call: ast.Call, node: ast.expr) -> bool:
        scope = self.program.scopes.get(function) if function is not None else None
        if scope is None or not isinstance(function, FUNCTIONS):
            return False
        skip = self.program.inference.calling.skipped(function, call)
        return any(value is node for _, value in bind_arguments(function, scope, call, skip))

    # -- members

    def member(self, node: ast.Attribute, values: Values) -> str:
        """Why a member of an object cannot be rewritten."""
        for value in values:
            if node.attr not in ELEMENT_MEMBERS.get(value.kind, ()):
                what = "list" if value.kind in LISTS else str(value.kind)
                return f"`{node.attr}` of a {what} has no counterpart"
            if not isinstance(node.ctx, ast.Load):
                return f"`{node.attr}` is set"
            call = self.program.parents[node]
            if node.attr == "rich_output" and not (
                isinstance(call, ast.Call) and call.func is node and not (call.args or call.keywords)
            ):
                return "`rich_output` is given a console, or passed on"
            if (value.kind, node.attr) in LOOKED_UP and self.repo(value, node) is None:
                return f"`{node.attr}` has to be looked up in the repo, which has no name here"
            if (value.kind, node.attr) == (Kind.BRANCH, "commit_id") and self.may_have_moved(value, node):
                return "commits are made between listing the branches and asking for their tips"
        return ""

    def repo(self, value: Value, node: ast.AST) -> str | None:
        """How the repo that an object belongs to is written at `node`."""
        place = self.program.place_of(value)
        return place.repo_in(self.program.scope(node)) if place is not None else None

    def may_have_moved(self, value: Value, node: ast.AST) -> bool:
        """Whether a commit may come between the listing of a branch and a look at its tip."""
        source = source_of(value)
        commits = [e.node for e in self.program.events.all() if e.effect is Effect.COMMIT]
        return source is not None and any(
            reaches(self.program, source, c) and reaches(self.program, c, node, avoiding=source) for c in commits
        )


def is_condition(program: Program, node: ast.expr) -> bool:
    """Whether only the truth of an expression matters."""
    parent = program.parents[node]
    match parent:
        case ast.If() | ast.While() | ast.Assert() | ast.UnaryOp(op=ast.Not()) | ast.Call(func=ast.Name(id="bool")):
            return True
        case ast.IfExp():
            return parent.test is node
        case ast.comprehension():
            return node in parent.ifs
        case ast.BoolOp():
            return is_condition(program, parent)
    return False


def source_of(value: Value) -> ast.AST | None:
    """The expression on a repo that an object comes from."""
    inner: Value | None = value
    while inner is not None:
        if inner.base is not None and inner.base.kind in REPOS:
            return inner.node
        inner = inner.base
    return None


def sources(values: Values) -> frozenset[ast.AST]:
    """The expressions that the followed ones of some values come from."""
    found = (source_of(v) for v in values if v.kind in FOLLOWED)
    return frozenset(s for s in found if s is not None)
