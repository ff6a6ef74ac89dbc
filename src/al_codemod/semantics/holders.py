"""Containers: repos, objects and functions of the program in lists, dicts and the like, told apart by nothing.

What is in a container is all that was ever put into it. That says which objects a session can be asked of, and not which
one an element is, so that it is of use only where every repo carries its own session.
"""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import Step
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, Birth, Location, Origin, Value, Values, union
from al_codemod.surface.kinds import CLIENTS, NODES, REPOS, Kind
from al_codemod.surface.members import MEMBERS

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Env, Inference

SEQUENCE: Final = "sequence"
MAPPING: Final = "mapping"
PAIRS: Final = "pairs"
TUPLE: Final = "tuple"
HELD: Final = frozenset({*REPOS, *CLIENTS, *NODES, Kind.STORE, Kind.SELF, Kind.CLASS, Kind.FUNCTION, Kind.HOLDER})
ITEMS: Final = "[]"
"""The attribute that stands for the items of an object."""
DEEPEST: Final = 3
TAKING: Final = frozenset("get pop popleft get_nowait setdefault popitem __getitem__".split())
PUTTING: Final = {
    **dict.fromkeys("append add appendleft put put_nowait push".split(), 0),
    **dict.fromkeys("insert setdefault __setitem__".split(), 1),
}
JOINING: Final = frozenset("extend update extendleft".split())
COPYING: Final = frozenset("list tuple set frozenset sorted reversed iter copy deepcopy deque".split())


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
                pairs = zip(node.keys, node.values, strict=True)
                return union(self._with_key(k, v) for k, v in pairs)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._holding(SEQUENCE, _chosen(of(node.elt), node.generators))
            case ast.DictComp():
                return self._holding(MAPPING, _chosen(of(node.value), node.generators))
            case ast.Subscript():
                return self._taken(of(node.value) | self._inside(of(node.value)), node.slice) | self._missing(
                    node.value
                )
            case ast.Call():
                return self._called(node)
        return NOTHING

    def _held(self, values: Values) -> Values:
        return frozenset(v for v in values if v.kind in HELD and _depth(v) < DEEPEST)

    def _with_key(self, key: ast.expr | None, node: ast.expr) -> Values:
        """What an item of a dict that is written out puts into it; without a key, what another dict does."""
        values = self.inference.of(node)
        if key is None:
            return frozenset(v for v in values if _is_mapping(v))
        return self._holding(_key(key), values)

    def _holding(self, name: str, values: Values) -> Values:
        return frozenset(Value(Kind.HOLDER, name, base=v) for v in self._held(values))

    def _called(self, node: ast.Call) -> Values:
        of, first = self.inference.of, node.args[0] if node.args else None
        match node.func:
            case ast.Attribute(value=owner, attr=name):
                held = frozenset(v for v in of(owner) if v.kind is Kind.HOLDER) | self._inside(of(owner))
                if name in TAKING:
                    default = node.args[1] if len(node.args) == 2 else None
                    return self._taken(held, first) | (self._held(of(default)) if held else NOTHING)
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
                    passed = union(self._holding(_by_key(k.arg), of(k.value)) for k in node.keywords)
                    paired = self._holding(MAPPING, self.seconds(given))
                    return frozenset(v for v in given if _is_mapping(v)) | paired | passed
                if name == "map":
                    return self._holding(SEQUENCE, self._given_by(first, node))
                if name == "filter":
                    return frozenset(v for v in of(node.args[-1]) if v.kind is Kind.HOLDER) if node.args else NOTHING
                if name in ("globals", "vars") and not node.args:
                    return self._globals(node)
                if name == "next":
                    return self.elements(given)
                if name == "enumerate":
                    return self._holding(PAIRS, self.elements(given))
                if name == "zip" and len(node.args) == 2:
                    return self._holding(PAIRS, self.elements(of(node.args[1])))
        return NOTHING

    def _inside(self, values: Values) -> Values:
        """What is in objects of classes that are containers themselves."""
        classes = self.inference.classes
        objects = (v.node for v in values if v.kind is Kind.SELF and v.node is not None)
        return union(self.kept(classes.attribute(node, ITEMS)) for node in objects)

    def _missing(self, owner: ast.expr) -> Values:
        """What such an object makes of a key that is not there."""
        objects = (v.node for v in self.inference.of(owner) if v.kind is Kind.SELF and v.node is not None)
        methods = union(self.inference.classes.methods(node, "__missing__") for node in objects)
        return union(self.inference.returns.get(m.node, NOTHING) for m in methods if m.node is not None)

    def _globals(self, node: ast.Call) -> Values:
        """The variables of a module by their names."""
        module = self.inference.scopes[self.inference.module_of(node)]
        known = self.inference.outer
        return union(self._holding(_by_key(n), known.get(Location(module, n), NOTHING)) for n in module.bindings)

    def _given_by(self, function: ast.expr | None, call: ast.Call) -> Values:
        """What calls of a function or class of the program, or of a method that opens repos, give."""
        found = NOTHING
        for value in self.inference.of(function):
            if value.kind is Kind.FUNCTION and value.node is not None:
                found |= self.inference.returns.get(value.node, NOTHING)
            elif value.kind is Kind.CLASS:
                found |= {Value(Kind.SELF, node=value.node)}
            elif value.kind is Kind.MEMBER and value.base is not None and value.base.kind in CLIENTS:
                member = MEMBERS.get((value.base.kind, value.name))
                if member is not None and member.gives in REPOS:
                    found |= {Value(member.gives, "", Origin(call, Birth.OPENED), None, call)}
        return found

    # -- taking out

    def unpacked(self, target: ast.AST, source: ast.expr | None) -> Values:
        """What one of several targets gets of a container, or of what iterating over one gives."""
        parents = self.inference.injection.parents
        targets = parents.get(target)
        if not isinstance(targets, ast.Tuple | ast.List):
            return NOTHING
        values = self.inference.of(source)
        if isinstance(parents.get(targets), ast.For | ast.AsyncFor | ast.comprehension):
            values = self.elements(values)
        index = next(i for i, t in enumerate(targets.elts) if t is target)
        found = NOTHING
        for value in (v for v in values if v.kind is Kind.HOLDER):
            elements = value.node.elts if isinstance(value.node, ast.Tuple) else []
            plain = len(elements) == len(targets.elts) and not any(isinstance(e, ast.Starred) for e in elements)
            found |= self._held(self.inference.of(elements[index])) if plain else self.elements(frozenset({value}))
        return found

    def _contents(self, values: Values) -> Values:
        tuples = [v.node for v in values if v.kind is Kind.HOLDER and isinstance(v.node, ast.Tuple)]
        inside = union(self._held(self.inference.of(e)) for t in tuples for e in t.elts)
        return inside | frozenset(v.base for v in values if v.kind is Kind.HOLDER and v.base is not None)

    def _taken(self, values: Values, index: ast.expr | None) -> Values:
        if isinstance(index, ast.Slice):
            return frozenset(v for v in values if v.kind is Kind.HOLDER and v.name == SEQUENCE)
        if isinstance(index, ast.Constant):  # what is there by another name is not meant
            values = frozenset(
                v for v in values if v.name == MAPPING or v.name == _by_key(index.value) or not _is_mapping(v)
            )
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
            self._put(step.node.value, _key(step.node.slice), self.inference.of(step.source), step.scope, env)

    def changed(self, node: ast.expr, scope: Scope, env: "Env") -> None:
        """Note what the method of a container puts into it."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return
        name, owner = node.func.attr, node.func.value
        position = PUTTING.get(name)
        if position is not None and len(node.args) > position:
            kind = _key(node.args[0]) if name in ("setdefault", "__setitem__") else SEQUENCE
            self._put(owner, kind, self.inference.of(node.args[position]), scope, env)
        elif name in JOINING:
            kind = MAPPING if name == "update" else SEQUENCE
            for keyword in node.keywords:
                self._put(owner, _by_key(keyword.arg), self.inference.of(keyword.value), scope, env)
            passed = union(self._contents(self.inference.of(a)) for a in node.args)
            self._put(owner, kind, passed, scope, env)

    def _put(self, owner: ast.expr, name: str, values: Values, scope: Scope, env: "Env") -> None:
        while isinstance(owner, ast.Subscript):  # what is in a container of containers is in the outer one too
            name, owner, values = _key(owner.slice), owner.value, self._holding(name, values)
        held = self._holding(name, values)
        for value in self.inference.of(owner) if held else ():
            if value.kind is Kind.SELF and value.node is not None:
                self.inference.remember(self.inference.classes.attribute(value.node, ITEMS), held)
        if not held or any(v.kind not in (Kind.HOLDER, Kind.OTHER) for v in self.inference.of(owner)):
            return
        for at in self._of_class(owner):
            self.inference.remember(at, held)
        location = self.inference.location(owner, scope)
        if isinstance(owner, ast.Name):
            outer = scope.owner(owner.id)
            location = Location(outer, owner.id) if outer is not None else None
        if location is not None:
            env[location] = env.get(location, NOTHING) | held
            self.inference.remember(location, held)

    def _of_class(self, owner: ast.expr) -> list[Location]:
        """Where a class keeps what its objects are asked for: they share it."""
        if not isinstance(owner, ast.Attribute):
            return []
        objects = [v.node for v in self.inference.of(owner.value) if v.kind is Kind.SELF and v.node is not None]
        found = [self.inference.classes.class_attribute(node, owner.attr) for node in objects]
        return [at for at in found if at.name in at.scope.bindings]


def _chosen(values: Values, generators: list[ast.comprehension]) -> Values:
    """The functions and classes that a comprehension over the variables of a module takes, by how their names begin."""
    for generator in generators:
        is_module = any(isinstance(n, ast.Name) and n.id in ("globals", "vars") for n in ast.walk(generator.iter))
        for test in generator.ifs if is_module else ():
            match test:
                case ast.Call(func=ast.Attribute(attr="startswith"), args=[ast.Constant(value=str() as start)]):
                    values = frozenset(v for v in values if getattr(v.node, "name", start).startswith(start))
    return values


def _by_key(key: object) -> str:
    """The name of a mapping in which something is by a key; that of all keys, where it is not known."""
    return f"{MAPPING} {key!r}" if isinstance(key, str | int) else MAPPING


def _key(node: ast.expr) -> str:
    return _by_key(node.value) if isinstance(node, ast.Constant) else MAPPING


def _is_mapping(value: Value) -> bool:
    return value.kind is Kind.HOLDER and value.name.startswith(MAPPING)


def _depth(value: Value) -> int:
    return 0 if value.base is None or value.kind is not Kind.HOLDER else 1 + _depth(value.base)
