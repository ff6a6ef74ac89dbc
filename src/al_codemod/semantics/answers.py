"""What objects and modules answer by functions of their own, and repos that come from where it is not seen."""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Origin, Value, Values, union
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import MEMBERS, NEW_MEMBERS, V1_UNMISTAKABLE

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Env, Inference

ASKED_OF_REPOS: Final = frozenset("to_xarray commit checkout tag store branches tags".split())
"""Members that tell a repo where what they are asked of is called one."""


class Answers:
    """What is got by asking where repos are followed everywhere."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference

    def asked_by_name(self, node: ast.Call, env: "Env") -> Values:
        """What `getattr(x, "name")` gives of an object, class or module of the program."""
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]):
                asked = ast.copy_location(ast.Attribute(owner, name, ast.Load()), node)
                owners = (v for v in self.inference.of(owner) if v.kind in (Kind.SELF, Kind.CLASS, Kind.MODULE))
                return union(self.inference.attribute(v, asked, env) for v in owners)
        return NOTHING

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

    # -- what objects give

    def entered(self, values: Values) -> Values:
        """What entering an object gives: what its `__enter__` returns, where it has one."""
        found = NOTHING
        for value in values:
            methods = NOTHING
            if value.kind is Kind.SELF and value.node is not None:
                methods = self.inference.classes.methods(value.node, "__enter__")
            returned = union(self.inference.returns.get(m.node, NOTHING) for m in methods if m.node is not None)
            found |= returned if methods else frozenset({value})
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
