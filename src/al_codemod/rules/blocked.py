"""What cannot be followed, and so is left as it was."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.finding import Applicability
from al_codemod.rules.base import Context, Draft, rule

if TYPE_CHECKING:
    import ast

BLOCKED: Final = "AL290"
NOT_FOLLOWED: Final = "AL800"
HANDED_ON: Final = "AL802"


@rule(
    BLOCKED,
    "session-not-followed",
    rows="store.09 distributed.01 distributed.02 distributed.03 distributed.04 distributed.05",
    before="""
import pickle

from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.attrs["seen"] = True
with open("repo.pickle", "wb") as file:
    pickle.dump(repo, file)
""",
    after="""
import pickle

from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.attrs["seen"] = True
with open("repo.pickle", "wb") as file:
    pickle.dump(repo, file)
""",
)
def blocked(context: Context) -> Iterator[Draft]:
    """A repo whose session cannot be followed is left as it was, with everything that hangs on it.

    That is so where a repo is handed to code that is not seen or sent to another process, where uncommitted changes would
    have to be taken to another branch, and where a group or array would be used on after its session has ended in a place
    that nothing can open it again. A half-made change would lose writes; the finding says what to do by hand.
    """
    found: set[tuple[ast.AST, str]] = set()
    for place in context.program.places.all:
        for node, reason in place.blocks:
            if (node, reason) not in found and context.is_here(node):
                found.add((node, reason))
                what, _, instead = reason.partition("; ")
                yield Draft(node, f"the session cannot be followed: {what}", Applicability.MANUAL, instead=instead)
