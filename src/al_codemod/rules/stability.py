"""Which expressions give the same whether they are evaluated before or after a call of a function of the program."""

import ast

from al_codemod.semantics.program import Program
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Kind


class Stability:
    """Answers for expressions that other calls move across."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def is_stable(self, node: ast.expr) -> bool:
        """Whether it makes no difference when an expression is evaluated: it names an object, or makes one of such."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return not self.is_rebound_elsewhere(name, self.program.scope(node))
            case ast.Attribute(value=value):
                return self.is_stable(value) and self.is_fixed_member(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return all(not isinstance(p, ast.Starred) and self.is_stable(p) for p in parts)
            case ast.Dict():
                return all(k is not None and self.is_stable(k) for k in node.keys) and all(
                    self.is_stable(v) for v in node.values
                )
            case ast.UnaryOp(operand=ast.Constant()):
                return True
            case ast.JoinedStr():
                return all(isinstance(v, ast.Constant) for v in node.values)
            case ast.Lambda():
                return not (node.args.defaults or any(node.args.kw_defaults))
        return False

    def is_rebound_elsewhere(self, name: str, scope: Scope) -> bool:
        """Whether a function that is called may bind a variable anew: one that it shares with the code here."""
        owner = scope.owner(name)
        return owner is not None and Location(owner, name) in self.program.inference.shared

    def is_fixed_member(self, node: ast.Attribute) -> bool:
        """Whether an attribute is a function of a module, or a method that is called at once."""
        values = self.program.of(node)
        fixed = (Kind.NAME, Kind.FUNCTION, Kind.CLASS, Kind.MODULE)
        if values and all(v.kind in fixed for v in values):
            return True
        parent = self.program.parents[node]
        owners = self.program.of(node.value)
        called = (
            isinstance(parent, ast.Call) and parent.func is node and isinstance(node.value, ast.Name | ast.Constant)
        )
        return called and not any(v.kind in (Kind.SELF, Kind.MODULE) for v in owners)
