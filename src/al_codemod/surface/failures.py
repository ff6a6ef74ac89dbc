"""How V1 operations fail: what they raised, and what Icechunk raises for the same reason.

A `ConflictError` is an `IcechunkError` from icechunk 2 on only, so that both are named where both can happen.
"""

from dataclasses import dataclass
from typing import Final

from al_codemod.surface.kinds import Effect


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail: the exceptions of V1, each with its own bases, and those that take their place.

    A plain name is a builtin, `icechunk.X` an exception of Icechunk.
    """

    raised: tuple[str, ...]
    now: tuple[str, ...]


_REF = Failure(("ValueError",), ("icechunk.IcechunkError",))
_CONFLICT = Failure(("ValueError",), ("icechunk.ConflictError", "icechunk.RebaseFailedError"))
_DETACHED = Failure(("RuntimeError",), ("icechunk.IcechunkError",))
_UPDATE = Failure(("CommitFailedError", "RuntimeError"), ("icechunk.ConflictError", "icechunk.RebaseFailedError"))
_READ_ONLY = Failure(("OSError",), ("icechunk.IcechunkError", "ValueError"))

BY_EFFECT: Final[dict[Effect, tuple[Failure, ...]]] = {
    Effect.CHECKOUT: (_REF,),
    Effect.NEW_BRANCH: (_REF,),
    Effect.COMMIT: (_CONFLICT, _DETACHED, _UPDATE),
    Effect.WRITE: (_READ_ONLY,),
    Effect.TOUCH: (_READ_ONLY,),
}
"""By what an operation does to the session."""

OF_COMMIT: Final = (_CONFLICT, _UPDATE)
OF_WRITE: Final = (_READ_ONLY,)
"""The same for repos that are kept with their sessions, in objects which raise the other exceptions of V1 themselves."""

BY_MEMBER: Final[dict[str, tuple[Failure, ...]]] = {
    "tag": (_REF,),
    "delete_tag": (_REF,),
    "delete_branch": (_REF,),
    "fast_forward": (_DETACHED, Failure(("RuntimeError",), ("icechunk.ConflictError", "icechunk.RebaseFailedError"))),
}
"""By member of a repo."""

CATCH_ALL: Final = frozenset({"Exception", "BaseException"})

COVERS: Final[dict[str, frozenset[str]]] = {
    "ValueError": frozenset({"ValueError"}),
    "RuntimeError": frozenset({"RuntimeError"}),
    "CommitFailedError": frozenset({"CommitFailedError", "RuntimeError", "arraylake.exceptions.CommitFailedError"}),
    "OSError": frozenset({"OSError", "IOError", "EnvironmentError"}),
}
"""The names in an `except` that catch an exception of V1, besides those that catch all."""
