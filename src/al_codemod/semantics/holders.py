"""Containers: repos, objects and functions of the program in lists, dicts and the like, told apart by nothing.

What is in a container is all that was ever put into it. That says which objects a session can be asked of, and not which
one an element is, so that it is of use only where every repo carries its own session.
"""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import Step
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Origin, Value, Values, union
from al_codemod.surface.kinds import CLIENTS, REPOS, Kind
from al_codemod.surface.members import MEMBERS, NEW_MEMBERS, V1_UNMISTAKABLE

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Env, Inference

SEQUENCE: Final = "sequence"
MAPPING: Final = "mapping"
PAIRS: Final = "pairs"
TUPLE: Final = "tuple"
HELD: Final = frozenset({*REPOS, *CLIENTS, Kind.SELF, Kind.FUNCTION, Kind.HOLDER})
DEEPEST: Final = 3
TAKING: Final = frozenset("get pop popleft get_nowait setdefault popitem __getitem__".split())
PUTTING: Final = {
    **dict.fromkeys("append add appendleft put put_nowait push".split(), 0),
    **dict.fromkeys("insert setdefault __setitem__".split(), 1),
}
JOINING: Final = frozenset("extend update extendleft".split())
COPYING: Final = frozenset("list tuple set frozenset sorted reversed iter copy deepcopy deque".split())
ASKED_OF_REPOS: Final = frozenset("to_xarray commit checkout tag store branches tags".split())
"""Members that tell a repo where what they are asked of is called one."""


class Holders:
    """What the containers of a program hold."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference

    # -- making one

    def made(self, node: ast.expr) -> Values:
        """The container that an expression makes, or what it takes out of one."""
        of = self.inference.of
        match node:
            case ast.Tuple(ctx=ast.Load()) if any(self._held(of(e)) for e in node.elts):
                return frozenset({Value(Kind.HOLDER, TUPLE, node=node)})
            case ast.List(ctx=ast.Load()) | ast.Set():
                return self._holding(SEQUENCE, union(of(e) for e in node.elts))
            case ast.Dict():
                return self._holding(MAPPING, union(of(v) for v in node.values))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._holding(SEQUENCE, of(node.elt))
            case ast.DictComp():
                return self._holding(MAPPING, of(node.value))
            case ast.Subscript():
                return self._taken(of(node.value), node.slice)
            case ast.Call():
                return self._called(node)
        return NOTHING

    def _held(self, values: Values) -> Values:
        return frozenset(v for v in values if v.kind in HELD and _depth(v) < DEEPEST)

    def _holding(self, name: str, values: Values) -> Values:
        return frozenset(Value(Kind.HOLDER, name, base=v) for v in self._held(values))

    def _called(self, node: ast.Call) -> Values:
        of, first = self.inference.of, node.args[0] if node.args else None
        match node.func:
            case ast.Attribute(value=owner, attr=name):
                held = frozenset(v for v in of(owner) if v.kind is Kind.HOLDER)
                if name in TAKING:
                    return self._taken(held, None)
                if name == "values":
                    return self._holding(SEQUENCE, self._contents(held))
                if name == "items":
                    return self._holding(PAIRS, self._contents(held))
                if name in COPYING:
                    return held or frozenset(v for v in of(first) if v.kind is Kind.HOLDER)
            case ast.Name(id=name):
                given = frozenset(v for v in of(first) if v.kind is Kind.HOLDER)
                if name in COPYING:
                    return given
                if name in ("dict", "OrderedDict", "defaultdict"):
                    passed = union(of(k.value) for k in node.keywords)
                    return frozenset(v for v in given if v.name == MAPPING) | self._holding(MAPPING, passed)
                if name == "next":
                    return self.elements(given)
                if name == "enumerate":
                    return self._holding(PAIRS, self.elements(given))
                if name == "zip" and len(node.args) == 2:
                    return self._holding(PAIRS, self.elements(of(node.args[1])))
        return NOTHING

    # -- taking out

    def _contents(self, values: Values) -> Values:
        tuples = [v.node for v in values if v.kind is Kind.HOLDER and isinstance(v.node, ast.Tuple)]
        inside = union(self._held(self.inference.of(e)) for t in tuples for e in t.elts)
        return inside | frozenset(v.base for v in values if v.kind is Kind.HOLDER and v.base is not None)

    def _taken(self, values: Values, index: ast.expr | None) -> Values:
        if isinstance(index, ast.Slice):
            return frozenset(v for v in values if v.kind is Kind.HOLDER and v.name == SEQUENCE)
        return self._contents(values)

    def elements(self, values: Values) -> Values:
        """What iterating gives; that over a dict gives its keys."""
        return self._contents(frozenset(v for v in values if v.name in (SEQUENCE, TUPLE)))

    def seconds(self, values: Values) -> Values:
        """The second parts of the pairs that iterating gives."""
        pairs = frozenset(v for v in values if v.kind is Kind.HOLDER)
        tuples = [v.node for v in self.elements(pairs) if isinstance(v.node, ast.Tuple) and len(v.node.elts) > 1]
        found = union(self._held(self.inference.of(t.elts[1])) for t in tuples)
        return found | frozenset(v.base for v in pairs if v.name == PAIRS and v.base is not None)

    def kept(self, location: Location) -> Values:
        """The containers that a variable may hold, with what was put into them from anywhere."""
        return frozenset(v for v in self.inference.outer.get(location, NOTHING) if v.kind is Kind.HOLDER)

    # -- putting in

    def stored(self, step: Step, env: "Env") -> None:
        """Note what an assignment to an item puts into a container."""
        if isinstance(step.node, ast.Subscript):
            self._put(step.node.value, MAPPING, self.inference.of(step.source), step.scope, env)

    def changed(self, node: ast.expr, scope: Scope, env: "Env") -> None:
        """Note what the method of a container puts into it."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return
        name, owner = node.func.attr, node.func.value
        position = PUTTING.get(name)
        if position is not None and len(node.args) > position:
            kind = MAPPING if name in ("setdefault", "__setitem__") else SEQUENCE
            self._put(owner, kind, self.inference.of(node.args[position]), scope, env)
        elif name in JOINING:
            kind = MAPPING if name == "update" else SEQUENCE
            passed = union(self.inference.of(k.value) for k in node.keywords)
            passed |= union(self._contents(self.inference.of(a)) for a in node.args)
            self._put(owner, kind, passed, scope, env)

    def _put(self, owner: ast.expr, name: str, values: Values, scope: Scope, env: "Env") -> None:
        while isinstance(owner, ast.Subscript):  # what is in a container of containers is in the outer one too
            owner, values = owner.value, self._holding(name, values)
        held = self._holding(name, values)
        if not held or any(v.kind not in (Kind.HOLDER, Kind.OTHER) for v in self.inference.of(owner)):
            return
        location = self.inference.location(owner, scope)
        if isinstance(owner, ast.Name):
            outer = scope.owner(owner.id)
            location = Location(outer, owner.id) if outer is not None else None
        if location is not None:
            env[location] = env.get(location, NOTHING) | held
            self.inference.remember(location, held)

    # -- what modules give by a function

    def given_by_module(self, module: Scope, name: str) -> Values:
        """What the `__getattr__` of a module gives for a name that the module does not bind."""
        functions = self.inference.outer.get(Location(module, "__getattr__"), NOTHING)
        return union(self._given_for(f.node, name) for f in functions if f.kind is Kind.FUNCTION)

    def _given_for(self, function: ast.AST | None, name: str) -> Values:
        if not isinstance(function, ast.FunctionDef) or not function.args.args:
            return NOTHING
        asked = function.args.args[0].arg
        found = NOTHING
        for statement in function.body:
            match statement:
                case ast.If(test=test, body=body) if (names := _compared(test, asked)) is not None:
                    returned = [n.value for s in body for n in ast.walk(s) if isinstance(n, ast.Return)]
                    found |= union(self.inference.of(r) for r in returned) if name in names else NOTHING
                    if not statement.orelse:
                        continue
                    returned = [n.value for s in statement.orelse for n in ast.walk(s) if isinstance(n, ast.Return)]
                case _:
                    returned = [n.value for n in ast.walk(statement) if isinstance(n, ast.Return)]
            found |= union(self.inference.of(r) for r in returned)
        return found

    # -- what comes from somewhere else

    def assumed(self, node: ast.Attribute, known: Values) -> Values:
        """The repo that something must be which is not known, and is asked for what only repos have."""
        owner = node.value
        if known - OTHER:
            return self._assume(owner) if any(self._delegates(v, node.attr) for v in known) else NOTHING
        if any(isinstance(n, ast.Attribute) and n.attr in NEW_MEMBERS for n in ast.walk(owner)):
            return NOTHING
        named = "repo" in ast.unparse(owner).lower() and node.attr in ASKED_OF_REPOS
        if not named and node.attr not in V1_UNMISTAKABLE - {"to_xarray"}:
            return NOTHING
        if not self.inference.annotations.uses_arraylake:
            return NOTHING
        return self._assume(owner)

    def _assume(self, owner: ast.expr) -> Values:
        found = frozenset({Value(Kind.REPO, origin=Origin(owner, Birth.ASSUMED))})
        self.inference.learn(self.inference.values, owner, found)
        return found

    def _delegates(self, value: Value, name: str) -> bool:
        """Whether an object hands on what it is asked for to a repo that it wraps."""
        if value.kind is not Kind.SELF or value.node is None or (Kind.REPO, name) not in MEMBERS:
            return False
        classes = self.inference.classes
        if classes.methods(value.node, name):
            return False
        for method in (m.node for m in classes.methods(value.node, "__getattr__") if m.node is not None):
            for call in ast.walk(method):
                match call:
                    case ast.Call(func=ast.Name(id="getattr"), args=[wrapped, *_]):
                        if any(v.is_repo for v in self.inference.of(wrapped)):
                            return True
        return False


def _compared(test: ast.expr, variable: str) -> set[str] | None:
    """The strings that a variable is compared with."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str() as text)]):
            return {text} if name == variable else None
        case ast.Compare(
            left=ast.Name(id=name), ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set() as all]
        ):
            texts = {e.value for e in all.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)}
            return texts if name == variable and len(texts) == len(all.elts) else None
    return None


def _depth(value: Value) -> int:
    return 0 if value.base is None or value.kind is not Kind.HOLDER else 1 + _depth(value.base)
