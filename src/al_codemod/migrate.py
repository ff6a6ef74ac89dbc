"""One Python source in, its migration out: the only door to the analysis and the rewriting."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from al_codemod.annotate import annotations
from al_codemod.finding import UNUSED, Applicability, Declined, Finding, Migration, Unwanted
from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.rules import load
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft, Rule
from al_codemod.rules.blocked import BLOCKED
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.source.positions import Positions
from al_codemod.suppress import Suppressions
from al_codemod.wanted import Wanted
from al_codemod.withhold import cause, mark_unwanted, withhold

if TYPE_CHECKING:
    import ast


def migrate(text: str, settings: Settings, declined: Declined = frozenset()) -> Migration:
    """Migrate one Python source.

    `text` is the decoded source with its own line endings and without a byte order mark. The result never differs from
    it when there is no evidence of Arraylake V1. `declined` are findings of an earlier call whose edits its user does not
    want. Raises `SyntaxError` when `text` does not parse, and `RecursionError` when it nests too deep.
    """
    load()
    context = Context(Program(text), settings, Suppressions(text))
    places = Positions(text)
    wanted = Wanted(context.suppressions, settings, declined, places)
    run(context, [rule for rule in RULES.values() if rule.code < LAST_WORD and rule.code not in (BLOCKED, UNUSED)])
    withhold(context, wanted)
    run(context, sorted((rule for rule in RULES.values() if rule.code >= LAST_WORD), key=lambda rule: rule.code))
    run(context, [RULES[BLOCKED]])
    mark_unwanted(context.drafts, wanted)
    run(context, [RULES[UNUSED]])
    mark_unwanted(context.drafts, wanted)
    drafts = context.drafts
    edits: list[Edit] = []
    findings: list[Finding] = []
    for draft in drafts:
        made = draft.is_made(settings)
        if made:
            edits += draft.edits
        findings.append(finding(context, draft, made, places))
    if settings.annotate:
        edits += annotations(context.program, zip(drafts, findings, strict=True))
    if not edits:
        return Migration(text, sort(findings))
    edits = merge_declarations(edits)
    from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most files need it not

    return Migration(apply(text, context.program.tree, edits), sort(findings))


def run(context: Context, rules: Iterable[Rule]) -> None:
    """Collect what some rules propose."""
    for rule in rules:
        for draft in rule.run(context):
            draft.code = draft.code or rule.code
            context.drafts.append(draft)


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


def finding(context: Context, draft: Draft, made: bool, positions: Positions) -> Finding:
    """The finding of a draft. One whose edits are withheld says what they wait for."""
    applicability, message, instead = draft.applicability, draft.message, draft.instead
    if not (made or draft.unwanted or applicability is Applicability.MANUAL):
        blocks = [b for p in draft.places for q in {p, *p.group} for b in q.blocks]
        if blocks:
            line = min(getattr(node, "lineno", 1) for node, _ in blocks)
            applicability = Applicability.MANUAL
            instead = instead or f"{message}, once line {line} is sorted out"
            message = f"not changed, because of line {line}"
        elif (why := cause(context, draft)) is not None and why is not draft:
            line = getattr(why.node, "lineno", 1)
            if why.unwanted:
                applicability = Applicability.MANUAL
                instead = instead or f"{message}, together with line {line}"
                message = f"not changed, because {unwanted_line(why, line)}"
            else:
                message = f"{message}; not without line {line}, which is to be reviewed"
    elif draft.unwanted is Unwanted.ANSWER:
        message = f"{message}; declined"
    suppressed = draft.unwanted in (Unwanted.COMMENT, Unwanted.SETTINGS)
    span = positions.span(draft.node)
    return Finding(span, draft.code, message, applicability, made, instead, suppressed, draft.unwanted)


def unwanted_line(draft: Draft, line: int) -> str:
    """Why a line stays that others have to stay with."""
    match draft.unwanted:
        case Unwanted.SETTINGS:
            return f"{draft.code} in line {line} is not selected"
        case Unwanted.ANSWER:
            return f"line {line} was declined"
        case _:
            return f"line {line} is left alone"


def sort(findings: list[Finding]) -> tuple[Finding, ...]:
    """Every finding once, in the order of the source."""
    unique = {(f.span, f.code, f.message): f for f in findings}
    return tuple(sorted(unique.values(), key=lambda f: (f.span, f.code)))
