"""One Python source in, its migration out: the only door to the analysis and the rewriting."""

import ast

from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.rules import load
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings

BLOCKED = "AL290"


def migrate(text: str, settings: Settings) -> Migration:
    """Migrate one Python source.

    `text` is the decoded source with its own line endings and without a byte order mark. The result never differs from
    it when there is no evidence of Arraylake V1. Raises `SyntaxError` when `text` does not parse, and `RecursionError`
    when it nests too deep.
    """
    load()
    context = Context(Program(text), settings)
    for rule in sorted(RULES.values(), key=lambda rule: max(rule.code, LAST_WORD)):
        for draft in rule.run(context):
            draft.code = draft.code or rule.code
            context.drafts.append(draft)
    drafts = [*context.drafts, *blocked(context)]
    edits: list[Edit] = []
    findings: list[Finding] = []
    places = Positions(text)
    for draft in drafts:
        made = draft.is_made(settings)
        if made:
            edits += draft.edits
        findings.append(finding(draft, made, places))
    if not edits:
        return Migration(text, sort(findings))
    edits = merge_declarations(edits)
    from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most files need it not

    return Migration(apply(text, context.program.tree, edits), sort(findings))


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


def finding(draft: Draft, made: bool, positions: "Positions") -> Finding:
    """The finding of a draft. One whose edits are withheld says what they wait for."""
    applicability, message, instead = draft.applicability, draft.message, draft.instead
    if not made and applicability is not Applicability.MANUAL:
        blocks = [b for p in draft.places for q in {p, *p.group} for b in q.blocks]
        if blocks:
            line = min(getattr(node, "lineno", 1) for node, _ in blocks)
            applicability = Applicability.MANUAL
            instead = instead or f"{message}, once line {line} is sorted out"
            message = f"not changed, because of line {line}"
    return Finding(positions.span(draft.node), draft.code, message, applicability, made, instead)


def blocked(context: Context) -> list[Draft]:
    """A finding for each reason to leave a place as it was."""
    found: dict[tuple[ast.AST, str], Draft] = {}
    for place in context.program.places.all:
        for node, reason in place.blocks:
            found[node, reason] = Draft(
                node, f"the session cannot be followed here: {reason}", Applicability.MANUAL, code=BLOCKED
            )
    return list(found.values())


def sort(findings: list[Finding]) -> tuple[Finding, ...]:
    unique = {(f.span, f.code, f.message): f for f in findings}
    return tuple(sorted(unique.values(), key=lambda f: (f.span, f.code)))


class Positions:
    """Spans of nodes; the stdlib counts columns in bytes of UTF-8, people count characters."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True) if not text.isascii() else None

    def span(self, node: ast.AST) -> Span:
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", line) or line
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0) or 0
        return Span(line, self.column(line, start), end_line, self.column(end_line, end))

    def column(self, line: int, offset: int) -> int:
        if self.lines is None or line > len(self.lines):
            return offset + 1
        return len(self.lines[line - 1].encode()[:offset].decode(errors="replace")) + 1
