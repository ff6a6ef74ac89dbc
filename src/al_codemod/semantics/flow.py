"""The control-flow graph of one function or module: what is evaluated, in which order, and on which paths.

A graph is made of blocks, a block of steps. A step is one evaluation of an expression or one binding of a target, in the
order of the language reference. Inside `try`, a call ends its block, so that the state before it and after it both reach
the handlers. `finally` bodies are laid out once per way of leaving the `try`, so that no path exists that cannot be taken.
"""

import ast
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from al_codemod.semantics.scopes import Scope


class Op(Enum):
    """What a step does with its node."""

    EVALUATE = auto()
    BIND = auto()
    BIND_ELEMENT = auto()
    BIND_ENTERED = auto()
    BIND_PAIRED = auto()  # the second of a pair, as in `for name, array in group.arrays()`
    BIND_PART = auto()  # one of several that a call gives, as in `repo, group = open_both()`
    BIND_UNKNOWN = auto()
    DELETE = auto()
    DEFINE = auto()
    RETURN = auto()
    LEAVE = auto()  # a `with` statement leaves the context manager of an item


BINDS: Final = frozenset({Op.BIND, Op.BIND_ELEMENT, Op.BIND_ENTERED, Op.BIND_PAIRED, Op.BIND_PART, Op.BIND_UNKNOWN})
"""What gives a target its value."""


@dataclass(eq=False, slots=True)
class Step:
    """One evaluation. For the `BIND` operations `node` is the target and `source` what it is bound from."""

    op: Op
    node: ast.AST
    scope: Scope
    source: ast.expr | None = None


@dataclass(eq=False, slots=True)
class Block:
    """Steps without a branch between them. `handlers` are entered when any of the steps raises."""

    steps: list[Step] = field(default_factory=list)
    successors: list["Block"] = field(default_factory=list)
    handlers: list["Block"] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Graph:
    """A scope's control flow. `exit` is reached by returning, `escape` by an exception that nothing here catches."""

    scope: Scope
    entry: Block
    exit: Block
    escape: Block
    blocks: list[Block]
    without: frozenset[ast.arg] = frozenset()
    """The parameters that are taken to be left out; the ways that are taken otherwise are those of another graph."""
    nothing: frozenset[ast.AST] = frozenset()
    """Where a name is evaluated that is `None` therefore."""
