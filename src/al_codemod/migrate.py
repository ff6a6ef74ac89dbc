"""Python sources in, their migrations out: the only door to the analysis and the rewriting."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from al_codemod.finding import NONE_DECLINED, Declined, Migration
from al_codemod.proposals import Proposal, Wishes, proposals
from al_codemod.rules import load
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.ways import best_way


def migrate(text: str, settings: Settings, declined: Declined = NONE_DECLINED) -> Migration:
    """Migrate one Python source that stands alone.

    `text` is the decoded source with its own line endings and without a byte order mark. The result never differs from
    it when there is no evidence of Arraylake V1. `declined` are findings of an earlier call whose edits its user does not
    want. Raises `SyntaxError` when `text` does not parse, and `RecursionError` when it nests too deep.
    """
    module = Module.parse(text)
    return migrate_program([module], settings, {module.path: declined})[0]


def migrate_program(
    modules: Sequence[Module], settings: Settings, declined: Mapping[str, Declined] = MappingProxyType({})
) -> list[Migration]:
    """Migrate modules that belong together; their migrations in the same order.

    A change that concerns several modules is made in all of them or in none. `declined` are, by the paths of the modules,
    findings of an earlier call whose edits are not wanted.
    """
    return [proposal.migration() for proposal in propose(modules, settings, declined)]


def propose(
    modules: Sequence[Module],
    settings: Settings,
    declined: Mapping[str, Declined] = MappingProxyType({}),
    *,
    examples: bool = False,
) -> list[Proposal]:
    """What `migrate_program` would do with each of the modules, before it is done.

    `examples` are parts of something larger, so that it proves nothing that they say nothing which only zarr 3 understands.
    """
    load()
    wishes = Wishes(settings, declined, examples)
    return best_way(modules, wishes, proposals(Program(modules), wishes))
