"""The safety net: no use of a V1 object goes unmentioned."""

from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.covered import dealt_with
from al_codemod.surface.known import KNOWN_GOOD, PROPERTIES
from al_codemod.surface.members import MEMBERS

LEFT = "a session takes the place of what a repo did: open one where it is needed, and use that"
INSTEAD = "look it up in the documentation of arraylake.Client, icechunk.Repository and icechunk.Session"


@rule(
    "AL799",
    "unknown-member",
    rows="",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.sing()
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.sing()
""",
)
def unknown(context: Context) -> Iterator[Draft]:
    """A member of a V1 object that no other rule knows, and that the new objects do not have either.

    It may be a member of some version that was not looked at, or one of the project's own; either way it has to be
    looked at.
    """
    done = dealt_with(context.drafts)
    seen = set(done)
    for use in context.members(KNOWN_GOOD):
        if use.node in seen or use.call in done or is_known(use):
            continue
        seen.add(use.node)
        name, kind = use.node.attr, use.value.kind
        if (kind, name) in MEMBERS:
            message, instead = f"`{name}` of a V1 {kind} is used in a way that is not migrated", LEFT
        else:
            message, instead = f"`{name}` of a V1 {kind} is not known here", INSTEAD
        yield Draft(use.site, message, Applicability.MANUAL, instead=instead)


def is_known(use: Use) -> bool:
    """Whether a member is as good after the migration as before."""
    name = use.node.attr
    if name in KNOWN_GOOD[use.value.kind] or (name.startswith("__") and name.endswith("__")):
        return True
    return name in PROPERTIES and use.call is None and use.value.is_repo
