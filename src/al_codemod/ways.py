"""Other ways to migrate a program, for what the usual one leaves: the program is written anew for V1, or analysed otherwise."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from al_codemod.finding import Applicability, Finding
from al_codemod.proposals import NOT_CHANGED, Proposal, Wishes, proposals, sort
from al_codemod.rules.back_references import REPO_OF_STORE, Rewritten, stores_in_variables, with_repos
from al_codemod.rules.blocked import BLOCKED, HANDED_ON, NOT_FOLLOWED
from al_codemod.rules.initializers import INITIALIZER, with_arguments
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.semantics.working_copies import WorkingCopies
from al_codemod.source.positions import Positions

LOST: Final = frozenset({BLOCKED, NOT_FOLLOWED, HANDED_ON, "AL301", "AL311", "AL321", "AL324"})
"""What says that a session, or a repo itself, cannot be followed, or not as far as where it is asked for."""


def best_way(modules: Sequence[Module], wishes: Wishes, found: list[Proposal]) -> list[Proposal]:
    """The proposals that leave least to a person: what was `found` in the usual way, or in another one."""
    if wishes.settings.safe_only:
        return found
    if any(map(stuck, found)):
        found = in_place_of_the_stores(found, wishes) or found
    if any(f.unwanted for proposal in found for f in proposal.findings):
        return found
    if any(map(stuck, found)):
        found = without_initializers(found, wishes) or found
    if not any(f.code in LOST and not f.fixed for proposal in found for f in proposal.findings):
        return found
    return in_place_of_the_stores(found, wishes, kept=True) or with_working_copies(modules, wishes, found) or found


def with_working_copies(modules: Sequence[Module], wishes: Wishes, found: Sequence[Proposal]) -> list[Proposal] | None:
    """What becomes of modules whose repos carry their sessions; `None` where that cannot be, or sorts out less."""
    if not all(m.editable for m in modules):
        return None
    copies = WorkingCopies()
    program = Program(modules, copies)
    if copies.check(program):
        return None
    other = proposals(program, wishes)
    return other if sorts_all_out(found, other) else None


def sorts_all_out(found: Sequence[Proposal], other: Sequence[Proposal]) -> bool:
    """Whether nothing waits for a session any more, and less is left than before."""
    before, after = (set[tuple[str, int, str]]().union(*map(left, p)) for p in (found, other))
    return not any(map(stuck, other)) and len(after) < len(before)


def left(proposal: Proposal) -> set[tuple[str, int, str]]:
    """What is left to a person, by path, line and code."""
    path = proposal.module.path
    return {(path, f.span.line, f.code) for f in proposal.findings if not f.fixed}


def without_initializers(found: list[Proposal], wishes: Wishes) -> list[Proposal] | None:
    """What becomes of modules whose workers get by arguments what initializers of their pools left in variables."""
    if any(proposal.wanted.suppressions.all for proposal in found):
        return None  # the lines that comments speak of move
    rewritten = with_arguments(found[0].program)
    if rewritten is None:
        return None
    message = "pass what the initializer of the pool kept to the function with each task"
    beside = [noted(proposal, rewritten.pools, INITIALIZER, message) for proposal in found]
    other = proposals(Program(rewritten.modules), wishes)
    if None in beside or not sorts_all_out(found, other):
        return None
    return with_notes(other, beside)


def in_place_of_the_stores(found: list[Proposal], wishes: Wishes, *, kept: bool = False) -> list[Proposal] | None:
    """What becomes of modules with repos in place of the stores that are asked for them, or that objects keep (`kept`).

    `None` where that cannot be, or is no better than what was `found` without it.
    """
    rewritten = with_repos(found[0].program, kept=kept)
    if rewritten is None:
        return None
    message = "pass on the repo in the place of its store, which does not know it any more"
    beside = [noted(proposal, rewritten.asked, REPO_OF_STORE, message) for proposal in found]
    program = Program(rewritten.modules)
    if None in beside or stores_in_variables(program) != rewritten.others:
        return None
    other = proposals(program, wishes)
    if kept and not sorts_all_out(found, other):
        other = with_working_copies(rewritten.modules, wishes, found) or other
    if not (sorts_all_out(found, other) if kept else is_better(found, other, rewritten)):
        return None
    return with_notes(other, beside)


def with_notes(found: Sequence[Proposal], notes: Sequence[list[Finding] | None]) -> list[Proposal]:
    """Proposals with what there is to say of how their modules were written anew."""
    return [replace(p, findings=sort([*p.findings, *(more or ())])) for p, more in zip(found, notes, strict=True)]


def noted(proposal: Proposal, nodes: Sequence[ast.expr], code: str, message: str) -> list[Finding] | None:
    """What to say of what was written anew before a module was migrated; `None` where that is not wanted."""
    positions = Positions(proposal.module.text)
    here = [node for node in nodes if proposal.program.module(node) is proposal.module]
    spans = [proposal.module.span(positions.span(node)) for node in here]
    if any(proposal.wanted.verdict(code, span) for span in spans):
        return None
    return [Finding(span, code, message, Applicability.REVIEW, fixed=True) for span in spans]


def stuck(proposal: Proposal) -> set[tuple[str, int, str]]:
    """Where a module is not migrated because a session cannot be followed, by path, line and code."""
    path = proposal.module.path
    return {
        (path, f.span.line, f.code)
        for f in proposal.findings
        if not f.fixed and (f.code == BLOCKED or f.message.startswith(NOT_CHANGED))
    }


def is_better(found: Sequence[Proposal], other: Sequence[Proposal], rewritten: Rewritten) -> bool:
    """Whether all that was written anew is migrated, and nothing else is left that was migrated before."""
    before, after = (set[tuple[str, int, str]]().union(*map(stuck, p)) for p in (found, other))
    touched = any(line in rewritten.lines.get(path, ()) for path, line, _ in after)
    return after < before and not touched
