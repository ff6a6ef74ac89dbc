"""What is proposed for the modules of a program: the edits that the rules want, as far as nothing keeps them back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from al_codemod.rewrite.edits import Edit
from al_codemod.rewrite.merging import merged
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft, Rule, Shared
from al_codemod.rules.blocked import BLOCKED
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.suppress import Suppressions
from al_codemod.wanted import Wanted
from al_codemod.withhold import cause, mark_unwanted, withhold

NOT_CHANGED: Final = "not changed"
"""How the message of what waits for something else begins."""


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


@dataclass(frozen=True, slots=True)
class Wishes:
    """What its user wants of a migration.

    `declined` are, by the paths of the modules, findings of an earlier run whose edits are not wanted. `examples` are parts of
    something larger, so that it proves nothing that they say nothing which only zarr 3 understands.
    """

    settings: Settings
    declined: Mapping[str, Declined]
    examples: bool = False

    def of(self, module: Module) -> Wanted:
        """What is wanted of one module."""
        return Wanted(Suppressions(module.text), self.settings, self.declined.get(module.path, NONE_DECLINED))


def proposals(program: Program, wishes: Wishes) -> list[Proposal]:
    """What becomes of the modules of a program as they are."""
    shared = Shared(program, wishes.examples)
    contexts = [Context(program, wishes.settings, module, shared, wishes.of(module)) for module in program.modules]
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
    return Proposal(context.program, context.source, merged(edits), sort(located), context.wanted)


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
