"""What the session analysis says about a point: refs, states, needs and modes."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Flag, StrEnum, auto

from al_codemod.semantics.events import Event
from al_codemod.surface.kinds import Effect


class RefKind(StrEnum):
    """What a session may stand on; the values are the keywords of Icechunk's `readonly_session`."""

    BRANCH = "branch"
    TAG = "tag"
    SNAPSHOT = "snapshot_id"
    ANY = "any"  # a name of which it is not known whether it is a branch, a tag or a commit
    NONE = "none"  # opened with checkout=False: nothing checked out yet


@dataclass(frozen=True, slots=True)
class Ref:
    """What a session stands on. `node` is the expression that names it; `None` means the text in `text`."""

    kind: RefKind
    text: str = ""
    node: ast.expr | None = None
    read_only: bool = False


MAIN = Ref(RefKind.BRANCH, '"main"')
NO_REF = Ref(RefKind.NONE)
UNNAMED = Ref(RefKind.BRANCH)
"""A branch that no expression names here: that of a session which comes from outside."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one place's session at one point.

    `fresh` tells that there may be nothing yet, not even a root, on what the session stands on, `fresh_main` the same of main.
    """

    origins: frozenset[object] = frozenset()
    refs: frozenset[Ref] = frozenset()
    may_dirty: bool = False
    must_dirty: bool = False
    fresh: bool = False
    fresh_main: bool = False
    definitions: frozenset[Event] = frozenset()

    def merge(self, other: "State") -> "State":
        return State(
            self.origins | other.origins,
            self.refs | other.refs,
            self.may_dirty or other.may_dirty,
            self.must_dirty and other.must_dirty,
            self.fresh or other.fresh,
            self.fresh_main or other.fresh_main,
            self.definitions | other.definitions,
        )

    @property
    def committable(self) -> frozenset[Ref]:
        """What a session that is committed can have stood on: a commit on anything but a branch fails."""
        refs = frozenset(r for r in self.refs if r.kind in (RefKind.BRANCH, RefKind.ANY) and not r.read_only)
        return refs or self.refs

    @property
    def is_detached(self) -> bool:
        """Whether the session is sure to refuse writes."""
        return bool(self.refs) and all(r.read_only or r.kind in (RefKind.TAG, RefKind.SNAPSHOT) for r in self.refs)

    @property
    def ref(self) -> Ref | None:
        return next(iter(self.refs)) if len(self.refs) == 1 else None


FROM_OUTSIDE = State(refs=frozenset({UNNAMED}), may_dirty=True)
"""What is known of a session that callers bring along who are not seen."""


class Need(Flag):
    """What code that follows, up to the next definition, does with a session."""

    NOTHING = 0
    SESSION = auto()
    WRITE = auto()
    COMMIT = auto()
    HANDED = auto()
    BASE = auto()  # its commit or branch is asked for, which can be had without a session


NEEDS: Mapping[Effect, Need] = {
    Effect.READ: Need.SESSION,
    Effect.TOUCH: Need.SESSION | Need.WRITE,
    Effect.WRITE: Need.SESSION | Need.WRITE,
    Effect.COMMIT: Need.SESSION | Need.COMMIT,
    Effect.DISCARD: Need.SESSION,
    Effect.ESCAPE: Need.SESSION | Need.HANDED,
}
MAY_WRITE = frozenset({Effect.WRITE, Effect.TOUCH, Effect.ESCAPE})
KILLS = frozenset({Effect.OPEN, Effect.CHECKOUT, Effect.RENEW, Effect.NEW_BRANCH, Effect.COMMIT})


class Mode(Flag):
    """Whether the session variable holds a session that takes writes."""

    UNSET = 0
    WRITABLE = auto()
    READ_ONLY = auto()
    EITHER = auto()  # what was checked out is only known when the code runs
    STALE = auto()  # a definition was left out since nothing uses it: the variable holds an older session, or none


def is_plain(state: State) -> bool:
    """Whether a session is like one that was just opened on main."""
    ref = state.ref
    return (
        not state.may_dirty
        and ref is not None
        and ref.kind is RefKind.BRANCH
        and ref.text == '"main"'
        and ref.node is None
        and not ref.read_only
    )
