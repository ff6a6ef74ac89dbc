"""Parameters that may be left out: what is known of them, and of flags made from them, while a function is gone through.

A function such as `def f(repo=None)` is two functions in one: what it does with the repo that it is given, and what it does
when it opens one itself. Each is laid out by itself, without the ways that only the other one takes.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from al_codemod.semantics.arguments import all_parameters, parameter_defaults
from al_codemod.semantics.scopes import FUNCTIONS, FunctionNode, Scope


@dataclass(slots=True)
class Assumptions:
    """What is known at a point of a function: which names are `None`, or a repo (`nothing`), and what flags say (`flags`)."""

    nothing: dict[str, bool] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)

    def copy(self) -> "Assumptions":
        return Assumptions(dict(self.nothing), dict(self.flags))

    def forget(self, node: ast.AST) -> None:
        """Drop what is known of the names that something binds anywhere inside, on ways that may be taken."""
        bound = list(self.bound_in(node))
        while any(name in self.nothing or name in self.flags for name in bound):
            for name in bound:
                self.nothing.pop(name, None)
                self.flags.pop(name, None)
            bound = list(self.bound_in(node))  # more ways may be taken now that less is known

    def bound_in(self, node: ast.AST) -> Iterator[str]:
        """The names that something binds, apart from what only other ways do than those that are known to be taken."""
        match node:
            case ast.If(test=test, body=body, orelse=orelse) if (known := self.decide(test)) is not None:
                inside: list[ast.AST] = [test, *(body if known else orelse)]
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.BoolOp(op=ast.Or(), values=[ast.Name(id=first), *_])
            ) if name == first and self.nothing.get(name) is False:
                inside = []
            case _:
                yield from _binds(node)
                inside = list(ast.iter_child_nodes(node))
        for child in inside:
            yield from self.bound_in(child)

    def meet(self, other: "Assumptions") -> "Assumptions":
        """What is known at the end of both of two ways."""
        return Assumptions(_common(self.nothing, other.nothing), _common(self.flags, other.flags))

    def assign(self, name: str, value: ast.expr | None) -> None:
        """Note what an assignment tells of a name."""
        nothing = self.nothing.get(value.id) if isinstance(value, ast.Name) else None
        flag = self.decide(value) if isinstance(value, ast.Compare | ast.UnaryOp | ast.BoolOp) else None
        self.nothing.pop(name, None)
        self.flags.pop(name, None)
        if nothing is not None:
            self.nothing[name] = nothing
        elif flag is not None:
            self.flags[name] = flag

    def decide(self, test: ast.expr | None) -> bool | None:
        """Whether a condition holds, where that is known; a repo is always true."""
        match test:
            case ast.Name(id=name) if name in self.flags:
                return self.flags[name]
            case ast.Name(id=name) if name in self.nothing:
                return not self.nothing[name]
            case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=None)]):
                if name in self.nothing and isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
                    return self.nothing[name] is isinstance(operator, ast.Is | ast.Eq)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                known = self.decide(operand)
                return None if known is None else not known
            case ast.BoolOp(op=operator, values=values):
                ends = isinstance(operator, ast.Or)
                decided = [self.decide(v) for v in values]
                return ends if ends in decided else None if None in decided else not ends
        return None


def _common(one: Mapping[str, bool], other: Mapping[str, bool]) -> dict[str, bool]:
    return {name: known for name, known in one.items() if other.get(name) is known}


def stored(node: ast.AST) -> Iterator[str]:
    """The names that are bound anywhere inside of a node."""
    for inner in ast.walk(node):
        yield from _binds(inner)


def _binds(node: ast.AST) -> Iterator[str]:
    """The name that a node itself binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
            yield name
        case ast.MatchStar(name=str() as name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name


def optional_parameters(function: FunctionNode, scope: Scope) -> Iterator[ast.arg]:
    """The parameters that may be `None`, as their defaults or the tests of the function say, and that it alone binds."""
    without = {name for name, default in parameter_defaults(function) if is_none(default)}
    without |= {name for node in ast.walk(function) if (name := _tested(node)) is not None}
    inner = {name for s in scope.walk() if s is not scope for name in s.declared_nonlocal}
    yield from (a for a in all_parameters(function) if a.arg in without - inner)


def _tested(node: ast.AST) -> str | None:
    match node:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return name
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=name), *_]):
            return name
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
            return name
    return None


def is_none(node: ast.expr | None) -> bool:
    """Whether an expression is `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def may_be_left_out(parameter: ast.arg, function: ast.AST) -> bool:
    """Whether a parameter has `None` for its default."""
    defaults = dict(parameter_defaults(function)) if isinstance(function, FUNCTIONS) else {}
    return is_none(defaults.get(parameter.arg))
