"""Lists and dicts that keep handles: what was ever put into one, and whether all that is taken out is seen.

A container is followed as long as it is only known by one variable or attribute, which is where everything is put into it.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.handles_kept import any_handle
from al_codemod.semantics.holders import PUTTING
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.roots import Root, Roots

TAKING: Final = frozenset({"get", "pop", "popleft"})
LOOKING: Final = frozenset({"keys", "clear", "index", "count", "__len__", "__contains__"})
GOING_OVER: Final = frozenset({"values", "items"})
ASKING: Final = frozenset({"len", "bool", "enumerate", "sorted", "list", "reversed", "tuple"})
LOST: Final = "it is kept in a container, which is not followed where it goes"


class KeptContainers:
    """Answers for the containers of a program that handles are put into."""

    def __init__(self, roots: "Roots") -> None:
        self.roots = roots
        self.program = roots.program

    def holds_handles(self, node: ast.AST | None) -> bool:
        """Whether an expression is a container of handles."""
        return any(_holds_handle(v) for v in self.program.of(node))

    def found(self) -> Iterator[tuple[ast.AST, str]]:
        """Where a container of handles is lost sight of."""
        for node in self.program.parents:
            if isinstance(node, ast.expr) and self.holds_handles(node) and not self._is_followed(node):
                yield node, LOST

    def _is_followed(self, node: ast.expr) -> bool:
        parent = self.program.parents.get(node)
        if isinstance(node, ast.Name | ast.Attribute):
            return not isinstance(node.ctx, ast.Load) or self._is_used_in_sight(node, parent)
        if self._is_going_over(node):
            return self._goes_over(node)
        if isinstance(node, ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp):
            if isinstance(parent, ast.Assign):
                return len(parent.targets) == 1 and self._is_slot(parent.targets[0])
            return isinstance(parent, ast.AnnAssign) and self._is_slot(parent.target)
        return False

    def _is_slot(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Name):
            return True
        owners = self.program.of(target.value) if isinstance(target, ast.Attribute) else frozenset()
        return bool(owners) and all(v.kind is Kind.SELF for v in owners)

    def _is_used_in_sight(self, node: ast.expr, parent: ast.AST | None) -> bool:
        match parent:
            case ast.Subscript(value=value, slice=index) if value is node:
                return not isinstance(index, ast.Slice) and not isinstance(
                    self.program.parents.get(parent), ast.AugAssign
                )
            case ast.Attribute(attr=name):
                call = self.program.parents.get(parent)
                called = isinstance(call, ast.Call) and call.func is parent and len(call.args) < 3
                return called and name in TAKING | LOOKING | GOING_OVER | PUTTING.keys() - {"setdefault"}
            case ast.Compare() | ast.If() | ast.While() | ast.UnaryOp() | ast.Delete():
                return True
            case ast.For() | ast.comprehension():
                return self._goes_over(node)
            case ast.Call(func=ast.Name(id=name)):
                return name in ("len", "bool") or (name in ASKING and self._goes_over(node))
        return False

    # -- going over one

    def _is_going_over(self, node: ast.expr) -> bool:
        """Whether an expression gives the elements of a container one after the other."""
        if not isinstance(node, ast.Call):
            return False
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in (GOING_OVER if isinstance(node.func, ast.Attribute) else ASKING)

    def _goes_over(self, node: ast.expr) -> bool:
        """Whether a loop takes out all elements, into variables of which it is seen that they are handles."""
        loop = self.program.parents.get(node)
        while isinstance(loop, ast.Call) and self._is_going_over(loop):
            loop = self.program.parents.get(loop)
        if not isinstance(loop, ast.For | ast.comprehension):
            return False
        by_key = all(not _holds_handle(v) or v.name.startswith("mapping") for v in self.program.of(node))
        if by_key and not isinstance(node, ast.Call):
            return True
        return any(isinstance(t, ast.Name) and any_handle(self.program.of(t)) for t in ast.walk(loop.target))

    def gone_over(self, target: ast.AST) -> ast.expr | None:
        """The container whose elements a loop binds a variable to."""
        loop: ast.AST | None = target
        while isinstance(loop := self.program.parents.get(loop) if loop is not None else None, ast.Tuple):
            pass
        if not isinstance(loop, ast.For | ast.comprehension):
            return None
        source = loop.iter
        while isinstance(source, ast.Call) and self._is_going_over(source):
            inner = source.func.value if isinstance(source.func, ast.Attribute) else next(iter(source.args), None)
            if inner is None:
                return None
            source = inner
        return source if self.holds_handles(source) else None

    def taken_from(self, node: ast.expr) -> ast.expr | None:
        """The container that an expression takes an element out of."""
        match node:
            case ast.Subscript(value=container):
                pass
            case ast.Call(func=ast.Attribute(value=container, attr=name)) if name in TAKING:
                pass
            case _:
                return None
        return container if self.holds_handles(container) else None

    # -- what is in one

    def root(self, container: ast.expr) -> "Root | None":
        """The repo that all which was ever put into a container hangs on."""
        if isinstance(container, ast.Attribute):
            beside, above = self.beside(container), self.roots.object(container.value)
            return above.member(beside) if beside is not None and above is not None else None
        if not isinstance(container, ast.Name):
            return None
        owner = self.program.scope(container).owner(container.id)
        if owner is None or self.roots.fixed.is_parameter(owner, container.id):
            return None
        bindings = self.roots.fixed.bindings.get((owner, container.id), [])
        names = [n for n in self.program.parents if isinstance(n, ast.Name) and n.id == container.id]
        reads = [n for n in names if self.program.scope(n).owner(n.id) is owner and isinstance(n.ctx, ast.Load)]
        items = [i for b in bindings for i in self._items(self.roots.bound(b))] + [
            i for n in reads for i in self._put(n)
        ]
        root = self.roots.same(items) if bindings and all(i is not None for i in items) else None
        return root if root is not None and root.lasts(owner) else None

    def beside(self, container: ast.Attribute) -> str | None:
        """The attribute with the repo that all which is in a container in another attribute of the object hangs on."""
        found: set[str | None] = set()
        for owner in (v.node for v in self.program.of(container.value)):
            if owner is None:
                return None
            family = self.program.inference.classes.family(owner)
            asked = [n for n in self.program.attributes(container.attr) if self.roots.fixed.may_be(n.value, family)]
            for node in asked:
                stored = not isinstance(node.ctx, ast.Load)
                items = self._items(self.roots.bound(node)) if stored else self._put(node)
                found |= {self._beside_item(node, item) for item in items}
        return found.pop() if len(found) == 1 else None

    def _beside_item(self, node: ast.Attribute, item: ast.expr | None) -> str | None:
        root, above = self.roots.of(item), self.roots.object(node.value)
        if root is None or above is None or root.hangs or not root.attributes:
            return None
        return root.attributes[-1] if above.member(root.attributes[-1]) == root else None

    def _items(self, value: ast.expr | None) -> list[ast.expr | None]:
        """What is in a container that is made; `None` for what is not known."""
        match value:
            case ast.List(elts=items) | ast.Set(elts=items):
                return [*items]
            case ast.Dict(keys=keys, values=items):
                return [i if k is not None else None for k, i in zip(keys, items, strict=True)]
            case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.DictComp(value=item):
                return [item]
            case ast.Call(func=ast.Name(id="dict" | "list" | "set"), args=[], keywords=[]):
                return []
        return [None]

    def _put(self, node: ast.expr) -> list[ast.expr | None]:
        """What is put into a container where it is read."""
        parent = self.program.parents.get(node)
        match parent:
            case ast.Subscript(ctx=ast.Store()):
                return [self.roots.bound(parent)]
            case ast.Attribute(attr=name) if name in PUTTING:
                call = self.program.parents.get(parent)
                args = call.args if isinstance(call, ast.Call) else []
                return [args[PUTTING[name]]] if len(args) > PUTTING[name] else [None]
        return []


def _holds_handle(value: Value) -> bool:
    """Whether a value is a container with a handle somewhere in it."""
    if value.kind is not Kind.HOLDER:
        return False
    return value.base is not None and (any_handle(frozenset({value.base})) or _holds_handle(value.base))
