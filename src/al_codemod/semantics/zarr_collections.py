"""Lists, tuples and dicts that hold plain zarr nodes: what is put into one is what is got out of it again.

A collection is known by the expression that makes it, wherever it goes under whatever name.
"""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.values import NOTHING, OTHER, Value, Values, union
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import PASS_THROUGH

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference
    from al_codemod.semantics.scopes import FunctionNode, Scope

HELD: Final = frozenset({Kind.ZARR_GROUP, Kind.ZARR_ARRAY, Kind.ZARR_NODE, Kind.ZARR_STORE})
BY_KEY: Final = "by key"
"""The name of a dict, whose values are not what iterating over it gives."""
_DICTS: Final = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict"})
_LISTS: Final = frozenset(
    "list List tuple Tuple set Set frozenset Sequence Iterable Iterator Collection MutableSequence Generator deque".split()
)
_PUTS: Final = frozenset({"append", "add", "appendleft"})


class Collections:
    """What the collections of a program hold."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.held: dict[ast.AST, Values] = {}

    @property
    def is_looked_for(self) -> bool:
        """Whether there is a point in looking now: not where V1 repos may be, whose handles are followed otherwise."""
        return self.inference.settled and not self.inference.annotations.uses_arraylake

    def holds_nodes(self) -> bool:
        """Whether some collection holds a plain node."""
        return any(v.kind in HELD for values in self.held.values() for v in values)

    def put(self, made: ast.AST, item: ast.expr | None, values: Values | None = None) -> None:
        """Note that something is in a collection: a node, or, when all that can be known is known, something else."""
        found = self.inference.of(item) if values is None else values
        nodes = frozenset(v for v in found if v.kind in HELD)
        if len(nodes) < len(found) or (not found and self.inference.doubts.count):
            nodes |= OTHER if self.inference.doubts.count else NOTHING
        self.inference.learn(self.held, made, nodes)

    def made(self, node: ast.expr) -> Values:
        """The collection that an expression makes."""
        if not self.is_looked_for:
            return NOTHING
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                for item in items:
                    self.put(node, item, self.inference.elements(item.value) if isinstance(item, ast.Starred) else None)
            case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.GeneratorExp(elt=item):
                self.put(node, item)
            case ast.Dict(keys=keys, values=items):
                for key, item in zip(keys, items, strict=True):
                    self.put(node, item, None if key is not None else self._unpacked(item))
                return collection(node, BY_KEY)
            case ast.DictComp(value=item):
                self.put(node, item)
                return collection(node, BY_KEY)
            case _:
                return NOTHING
        return collection(node)

    def called(self, node: ast.Call) -> Values:
        """The collection that a call gives: of a method of a group or of a collection, or `list`, `dict` and their like."""
        if not self.is_looked_for:
            return NOTHING
        if isinstance(node.func, ast.Attribute):
            return self._member(node, node.func)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in {"dict", "OrderedDict", "defaultdict"}:
            for keyword in node.keywords:
                self.put(node, keyword.value)
            for given in node.args if name != "defaultdict" else ():
                self.put(node, given, self.inference.paired(given) or self._copied(given))
            return collection(node, BY_KEY)
        if name in PASS_THROUGH:
            same = (
                frozenset(v for v in self.inference.of(node.args[0]) if v.kind is Kind.ZARR_NODES)
                if node.args
                else NOTHING
            )
            if same:
                return same
            if node.args:
                self.put(node, None, self.inference.elements(node.args[0]))
            return collection(node)
        return NOTHING

    def passed(self, function: "FunctionNode", call: ast.Call, skip: int) -> None:
        """What a call passes for `*name`."""
        star = function.args.vararg
        if star is None or not self.is_looked_for:
            return
        for value in call.args[len(function.args.posonlyargs) + len(function.args.args) - skip :]:
            self.put(star, value, self.inference.elements(value.value) if isinstance(value, ast.Starred) else None)

    def _unpacked(self, given: ast.expr) -> Values:
        """What `**given` puts into a dict."""
        groups = [v for v in self.inference.of(given) if v.kind is Kind.ZARR_GROUP]
        return frozenset({Value(Kind.ZARR_NODE)}) if groups else self._copied(given)

    def _copied(self, given: ast.expr) -> Values:
        return union(self.held.get(v.node, NOTHING) for v in self.of(given) if v.node is not None) or OTHER

    def _member(self, node: ast.Call, function: ast.Attribute) -> Values:
        owners = self.of(function.value)
        if function.attr in {"get", "pop", "setdefault"}:
            if function.attr == "setdefault" and len(node.args) == 2:
                for owner in owners:
                    self.put(owner.node, node.args[1])  # type: ignore[arg-type]
            return union(self.held.get(v.node, NOTHING) for v in owners if v.node is not None)
        if function.attr == "values":
            return frozenset(Value(Kind.ZARR_NODES, node=v.node) for v in owners if v.name == BY_KEY)
        if function.attr == "copy":
            return frozenset(owners)
        if function.attr in {"create_groups", "require_groups"}:
            if any(v.kind in {Kind.ZARR_GROUP, Kind.ZARR_NODE} for v in self.inference.of(function.value)):
                self.put(node, None, frozenset({Value(Kind.ZARR_GROUP, node=node)}))
                return collection(node)
        if function.attr in _PUTS and len(node.args) == 1:
            for owner in owners:
                if owner.node is not None:
                    self.put(owner.node, node.args[0])
        return NOTHING

    def of(self, node: ast.expr | None) -> list[Value]:
        """The collections that an expression may be."""
        return [v for v in self.inference.of(node) if v.kind is Kind.ZARR_NODES]

    def stored(self, target: ast.expr, source: ast.expr | None) -> None:
        """`collection[key] = value`."""
        for owner in self.of(target.value) if isinstance(target, ast.Subscript) else ():
            if owner.node is not None:
                self.put(owner.node, source)

    def item(self, base: Value, index: ast.expr) -> Values:
        """What an item of a collection is."""
        if isinstance(index, ast.Slice):
            return frozenset({base})
        return self.held.get(base.node, NOTHING) if base.node is not None else NOTHING

    def elements(self, source: ast.expr | None) -> Values:
        """What going over a collection gives."""
        listed = [v for v in self.of(source) if v.name != BY_KEY and v.node is not None]
        return union(self.held.get(v.node, NOTHING) for v in listed if v.node is not None)

    def paired(self, source: ast.Call) -> Values:
        """What `dict.items()` gives together with a key."""
        if not (isinstance(source.func, ast.Attribute) and source.func.attr == "items"):
            return NOTHING
        owners = [v for v in self.of(source.func.value) if v.name == BY_KEY]
        return union(self.held.get(v.node, NOTHING) for v in owners if v.node is not None)

    def second(self, source: ast.expr | None) -> Values:
        """The second of each of the pairs that are written out in a list."""
        pairs: list[ast.expr] = []
        for owner in self.of(source):
            match owner.node:
                case ast.List(elts=items) | ast.Tuple(elts=items):
                    pairs += items
                case ast.ListComp(elt=item):
                    pairs.append(item)
        if not pairs or not all(isinstance(p, ast.Tuple) and len(p.elts) == 2 for p in pairs):
            return NOTHING
        found = [self.inference.of(p.elts[1]) for p in pairs if isinstance(p, ast.Tuple)]
        return union(found) if all(v and all(one.kind in HELD for one in v) for v in found) else NOTHING

    def annotated(self, node: ast.Subscript, wrapper: str, scope: "Scope") -> Values:
        """What an annotation such as `dict[str, zarr.Array]` promises."""
        from al_codemod.semantics.zarr_values import annotated

        if not self.is_looked_for:
            return NOTHING
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        is_dict = wrapper in _DICTS and len(parts) == 2
        if not is_dict and (wrapper not in _LISTS or not all(_is_more(p) for p in parts[1:])):
            return NOTHING
        values = annotated(self.inference, parts[1] if is_dict else parts[0], scope)
        if not values:
            return NOTHING
        self.put(node, None, values)
        return collection(node, BY_KEY if is_dict else "")


def collection(node: ast.AST, name: str = "") -> Values:
    """The collection that is made at a node."""
    return frozenset({Value(Kind.ZARR_NODES, name, node=node)})


def _is_more(node: ast.expr) -> bool:
    """Whether a part of an annotation says nothing else: `...` of a tuple, `None` of a generator."""
    return isinstance(node, ast.Constant) and node.value in (..., None)
