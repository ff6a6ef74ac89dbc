"""Liveness of variables: whether what a variable holds here is still read before it is bound again."""

import ast

from al_codemod.semantics.flow import Block, Graph, Op, Step
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import Location


class Liveness:
    """Answers for one variable at a time, over the graph of the scope that owns it."""

    def __init__(self, inference: Inference, graph: Graph, location: Location) -> None:
        self.inference = inference
        self.location = location
        self.captured = any(location.name in child.used for child in _functions_inside(location))
        self.live_in: dict[Block, bool] = {}
        self._solve(graph)

    def after(self, block: Block, index: int) -> bool:
        """Whether the variable is read after step `index` of `block`."""
        if self.captured or self.location.is_attribute:
            return True
        live = self._out(block)
        for step in reversed(block.steps[index + 1 :]):
            live = self._before(step, live)
        return live or any(self.live_in.get(h, False) for h in block.handlers)

    def _solve(self, graph: Graph) -> None:
        changed = True
        while changed:
            changed = False
            for block in reversed(graph.blocks):
                live = self._out(block)
                for step in reversed(block.steps):
                    live = self._before(step, live)
                live |= any(self.live_in.get(h, False) for h in block.handlers)
                if live and not self.live_in.get(block, False):
                    self.live_in[block] = True
                    changed = True

    def _out(self, block: Block) -> bool:
        return any(self.live_in.get(s, False) for s in block.successors)

    def _before(self, step: Step, live: bool) -> bool:
        node = step.node
        if not isinstance(node, ast.Name) or node.id != self.location.name:
            return live
        if self.inference.location(node, step.scope) != self.location:
            return live
        return step.op is Op.EVALUATE


def _functions_inside(location: Location) -> list[Scope]:
    scope = location.scope
    return [
        s
        for s in scope.walk()
        if s is not scope and s.function is not scope.function and s.owner(location.name) is scope
    ]
