"""Python sources in, their migrations out: the only door to the analysis and the rewriting."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from al_codemod.annotate import annotations
from al_codemod.finding import (
    NONE_DECLINED,
    UNUSED,
    Applicability,
    Declined,
    Finding,
    Migration,
    Span,
    Unwanted,
    in_order,
)
from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.rules import load
from al_codemod.rules.back_references import REPO_OF_STORE, Rewritten, stores_in_variables, with_repos
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft, Rule, Shared
from al_codemod.rules.blocked import BLOCKED, HANDED_ON, NOT_FOLLOWED
from al_codemod.rules.initializers import INITIALIZER, with_arguments
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.semantics.working_copies import WorkingCopies
from al_codemod.settings import Settings
from al_codemod.source.positions import Positions
from al_codemod.suppress import Suppressions
from al_codemod.wanted import Wanted
from al_codemod.withhold import cause, mark_unwanted, withhold

NOT_CHANGED: Final = "not changed"
"""How the message of what waits for something else begins."""
LOST: Final = frozenset({BLOCKED, NOT_FOLLOWED, HANDED_ON, "AL301", "AL311", "AL321", "AL324"})
"""What says that a session, or a repo itself, cannot be followed, or not as far as where it is asked for."""


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


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to become of a module of a program: edits, and what was found."""

    program: Program
    module: Module
    edits: list[Edit]
    findings: tuple[Finding, ...]
    wanted: Wanted

    def remaining(self) -> tuple[Finding, ...]:
        """The findings; a comment of no use that somebody else has found a use for is none of them any more."""
        comments = self.wanted.suppressions.unused()
        unused = {self.module.span(Span(c.line, c.column, c.line, c.end_column)) for c in comments}
        return tuple(f for f in self.findings if f.code != UNUSED or f.span in unused)

    def migration(self) -> Migration:
        """The module with its edits."""
        text = self.module.text
        if self.edits:
            from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most files need it not

            text = apply(text, self.module.tree, self.edits)
        return Migration(text, self.findings)


def propose(
    modules: Sequence[Module],
    settings: Settings,
    declined: Mapping[str, Declined] = MappingProxyType({}),
    *,
    examples: bool = False,
) -> list[Proposal]:
    """What `migrate_program` would do with each of the modules, before it is done.

    `examples` are parts of something larger, so that it proves nothing that they say nothing which only zarr 3 understands.
    Code that asks stores for their repos is migrated with the repos in their place, where that sorts everything out.
    """
    load()
    found = propose_as_they_are(Program(modules), settings, declined, examples)
    lost = any(f.code in LOST and not f.fixed for proposal in found for f in proposal.findings)
    if settings.safe_only or not (lost or any(stuck(proposal) for proposal in found)):
        return found
    found = in_place_of_the_stores(found, settings, declined, examples) or found
    found = without_initializers(found, settings, declined, examples) or found
    findings = [f for proposal in found for f in proposal.findings]
    if not any(f.code in LOST and not f.fixed for f in findings) or any(f.unwanted for f in findings):
        return found
    return (
        in_place_of_the_stores(found, settings, declined, examples, kept=True)
        or with_working_copies(modules, settings, declined, examples, found)
        or found
    )


def with_working_copies(
    modules: Sequence[Module],
    settings: Settings,
    declined: Mapping[str, Declined],
    examples: bool,
    found: Sequence[Proposal],
) -> list[Proposal] | None:
    """What becomes of modules whose repos carry their sessions; `None` where that cannot be, or sorts out less."""
    copies = WorkingCopies()
    program = Program(modules, copies)
    if copies.check(program) or not all(m.editable for m in modules):
        return None
    other = propose_as_they_are(program, settings, declined, examples)
    return other if sorts_all_out(found, other) else None


def sorts_all_out(found: Sequence[Proposal], other: Sequence[Proposal]) -> bool:
    """Whether nothing waits for a session any more, and less is left than before."""
    before, after = (set[tuple[str, int, str]]().union(*map(left, p)) for p in (found, other))
    return not any(map(stuck, other)) and len(after) < len(before)


def left(proposal: Proposal) -> set[tuple[str, int, str]]:
    """What is left to a person, by path, line and code."""
    path = proposal.module.path
    return {(path, f.span.line, f.code) for f in proposal.findings if not f.fixed}


def without_initializers(
    found: list[Proposal], settings: Settings, declined: Mapping[str, Declined], examples: bool
) -> list[Proposal] | None:
    """What becomes of modules whose workers get by arguments what initializers of their pools left in variables."""
    rewritten = with_arguments(found[0].program)
    if rewritten is None:
        return None
    message = "pass what the initializer of the pool kept to the function with each task"
    beside = [noted(proposal, rewritten.pools, INITIALIZER, message) for proposal in found]
    other = propose_as_they_are(Program(rewritten.modules), settings, declined, examples)
    if None in beside or not sorts_all_out(found, other):
        return None
    return [replace(p, findings=sort([*p.findings, *(more or ())])) for p, more in zip(other, beside, strict=True)]


def in_place_of_the_stores(
    found: list[Proposal],
    settings: Settings,
    declined: Mapping[str, Declined],
    examples: bool,
    *,
    kept: bool = False,
) -> list[Proposal] | None:
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
    other = propose_as_they_are(program, settings, declined, examples)
    if kept and not sorts_all_out(found, other):
        other = with_working_copies(rewritten.modules, settings, declined, examples, found) or other
    if not (sorts_all_out(found, other) if kept else is_better(found, other, rewritten)):
        return None
    return [replace(p, findings=sort([*p.findings, *(more or ())])) for p, more in zip(other, beside, strict=True)]


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


def propose_as_they_are(
    program: Program, settings: Settings, declined: Mapping[str, Declined], examples: bool
) -> list[Proposal]:
    """What becomes of the modules of a program."""
    modules = program.modules
    shared = Shared(program, examples)
    contexts = [
        Context(
            program,
            settings,
            module,
            shared,
            Wanted(Suppressions(module.text), settings, declined.get(module.path, NONE_DECLINED)),
        )
        for module in modules
    ]
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    run(contexts, [rule for rule in RULES.values() if rule.code < LAST_WORD and rule.code not in (BLOCKED, UNUSED)])
    withhold(contexts)
    run(contexts, [rule for rule in rules if rule.code >= LAST_WORD])
    run(contexts, [RULES[BLOCKED]])
    mark_unwanted(contexts)
    run(contexts, [RULES[UNUSED]])
    mark_unwanted(contexts)
    return [proposal(context) for context in contexts]


def run(contexts: Iterable[Context], rules: Sequence[Rule]) -> None:
    """Collect what some rules propose."""
    for context in contexts:
        for rule in rules:
            for draft in rule.run(context):
                if draft.is_idle:
                    continue
                draft.code = draft.code or rule.code
                if draft.applicability is Applicability.SAFE and context.program.is_assumed(draft.node):
                    draft.applicability = Applicability.REVIEW
                if draft.places:  # what is done to one of several repos is done to all of them, or to none
                    draft.places = tuple(dict.fromkeys((*draft.places, *context.places_of(draft.node))))
                context.drafts.append(draft)


def proposal(context: Context) -> Proposal:
    """What all that was proposed for a module comes to."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    for draft in context.drafts:
        made = context.is_made(draft) and not context.source.is_fixed(getattr(draft.node, "lineno", 1))
        if made:
            edits += draft.edits
        findings.append(finding(context, draft, made))
    if context.settings.annotate:
        edits += annotations(context, zip(context.drafts, findings, strict=True))
    located = [found for finding in findings if (found := context.source.located(finding)) is not None]
    return Proposal(context.program, context.source, merge_declarations(edits), sort(located), context.wanted)


def merge_declarations(edits: list[Edit]) -> list[Edit]:
    """One `global` or `nonlocal` statement for all the names that a function is to declare."""
    names: dict[tuple[ast.stmt, Where, str], list[str]] = {}
    for edit in edits:
        if isinstance(edit, Declare):
            known = names.setdefault((edit.anchor, edit.where, edit.keyword), [])
            if edit.name not in known:
                known.append(edit.name)
    declarations: list[Edit] = [
        InsertStatements(anchor, where, (Template(f"{keyword} {', '.join(found)}"),))
        for (anchor, where, keyword), found in names.items()
    ]
    return [*declarations, *(e for e in edits if not isinstance(e, Declare))]


def finding(context: Context, draft: Draft, made: bool) -> Finding:
    """The finding of a draft. One whose edits are withheld says what they wait for."""
    applicability, message, instead = draft.applicability, draft.message, draft.instead
    if not (made or draft.unwanted or applicability is Applicability.MANUAL):
        blocks = [node for p in draft.places for q in {p, *p.group} for node, _ in q.blocks]
        if blocks:
            first = min(blocks, key=lambda n: (not context.is_here(n), getattr(n, "lineno", 1)))
            applicability = Applicability.MANUAL
            line = context.line_name(first)
            if line == context.line_name(draft.node):
                line = "the other finding on this line"
            instead = instead or f"{message}, once {line} is sorted out"
            message = f"{NOT_CHANGED}, because of {line}"
        elif (why := cause(context.shared, draft)) is not None and why is not draft:
            line = context.line_name(why.node)
            if (because := keeps_back(context, why, line)) is not None:
                applicability = Applicability.MANUAL
                instead = instead or f"{message}, {because[1]}"
                message = f"{NOT_CHANGED}, because {because[0]}"
            else:
                message = f"{message}; not without {line}, which is to be reviewed"
    found = Finding(context.positions.span(draft.node), draft.code, message, applicability, made, instead)
    return found if draft.unwanted is None else found.left_alone(draft.unwanted)


def keeps_back(context: Context, why: Draft, line: str) -> tuple[str, str] | None:
    """Why a draft that is not wanted stays as it is, and how that can be done which has to stay with it."""
    match why.unwanted:
        case Unwanted.SETTINGS:
            return f"{why.code} in {line} is not selected", f"together with {line}"
        case Unwanted.ANSWER:
            return f"{line} was declined", f"together with {line}"
        case Unwanted.COMMENT:
            return f"{line} is left alone", f"together with {line}"
    if not context.program.module(why.node).editable:
        reason = f"{line} would have to change with it and is not among the files of this run"
        return reason, "in a run over the whole project"
    return None


def sort(findings: list[Finding]) -> tuple[Finding, ...]:
    """Every finding once, in the order of the source."""
    unique = {(f.span, f.code, f.message): f for f in findings}
    return in_order(unique.values())
