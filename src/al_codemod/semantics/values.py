"""Abstract values: what an expression may evaluate to, and which V1 repo it hangs on."""

import ast
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import TypeAlias

from al_codemod.semantics.scopes import Scope
from al_codemod.surface.kinds import HANDLES, REPOS, Kind


class Birth(StrEnum):
    """How a repo object comes into being, as far as the analysis sees it."""

    OPENED = "opened"  # get_repo and its like
    RETURNED = "returned"  # a call of a function of the project that opens one
    PARAMETER = "parameter"
    FIELD = "field"  # an annotated attribute, filled by a constructor that is not written out
    ASSUMED = "assumed"  # comes from somewhere else, and is used as only a repo can be


@cache
def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def _position(node: ast.AST | None) -> tuple[int, int]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


@dataclass(frozen=True, slots=True)
class Origin:
    """One repo object: the node that made it. `stale` marks what an earlier round of a loop made at the same node."""

    node: ast.AST
    birth: Birth
    stale: bool = False

    def __hash__(self) -> int:
        return hash((_position(self.node), _number(self.birth), self.stale))


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that an expression may be.

    `name` is the dotted name of a `NAME` and the member of a `MEMBER`, whose receiver is `base`. `node` is the expression
    that made a handle, or the definition of a function or class.
    """

    kind: Kind
    name: str = ""
    origin: Origin | None = None
    base: "Value | None" = None
    node: ast.AST | None = None

    def __hash__(self) -> int:
        # Of numbers alone, so that sets of values have the same order in every run.
        return hash((_number(self.kind), _number(self.name), self.origin or 0, self.base or 0, _position(self.node)))

    @property
    def is_repo(self) -> bool:
        return self.kind in REPOS

    @property
    def is_handle(self) -> bool:
        return self.kind in HANDLES

    @property
    def is_through_handle(self) -> bool:
        """Whether it is a handle, or a method of one."""
        return self.is_handle or (self.kind is Kind.MEMBER and self.base is not None and self.base.is_handle)

    def moved(self, origins: "Mapping[Origin, Origin]") -> "Value":
        """The same value of another repo object: what a caller hands over, seen from the function that it is handed to."""
        if self.origin is None or self.origin not in origins:
            return self
        base = self.base.moved(origins) if self.base is not None else None
        return replace(self, origin=origins[self.origin], base=base)

    def stale(self) -> "Value":
        if self.origin is None:
            return self
        base = self.base.stale() if self.base is not None else None
        return replace(self, origin=replace(self.origin, stale=True), base=base)


Values: TypeAlias = frozenset[Value]
NOTHING: Values = frozenset()
OTHER: Values = frozenset({Value(Kind.OTHER)})


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value is kept: a name in a scope, or an attribute of the instances of a class (`name` is then `.attr`)."""

    scope: Scope
    name: str

    @property
    def is_attribute(self) -> bool:
        return self.name.startswith(".")


def of_kind(values: Values, *kinds: Kind) -> Value | None:
    """The one value, where all that `values` may be is one value of one of `kinds`."""
    if len(values) != 1:
        return None
    (value,) = values
    return value if value.kind in kinds else None


def union(sets: Iterable[Values]) -> Values:
    """All the values of several sets."""
    return frozenset().union(*sets)


def origins(values: Iterable[Value]) -> frozenset[Origin]:
    """The repos that some values hang on."""
    return frozenset(v.origin for v in values if v.origin is not None)
