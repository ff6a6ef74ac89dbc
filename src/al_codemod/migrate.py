"""One Python source in, its migration out: the only door to the analysis and the rewriting."""

import ast
from collections.abc import Iterable

from al_codemod.annotate import annotations
from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.rules import load
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft, Rule
from al_codemod.rules.blocked import BLOCKED
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.source.text import split_lines
from al_codemod.suppress import Suppressions
from al_codemod.withhold import cause, mark_suppressed, withhold


def migrate(text: str, settings: Settings) -> Migration:
    """Migrate one Python source.

    `text` is the decoded source with its own line endings and without a byte order mark. The result never differs from
    it when there is no evidence of Arraylake V1. Raises `SyntaxError` when `text` does not parse, and `RecursionError`
    when it nests too deep.
    """
    program = Program(text)
    edits, findings = propose(program, settings)
    if not edits:
        return Migration(text, findings)
    from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most files need it not

    return Migration(apply(text, program.tree, edits), findings)


def propose(program: Program, settings: Settings) -> tuple[list[Edit], tuple[Finding, ...]]:
    """The edits that a program needs, and what is found in it."""
    load()
    context = Context(program, settings)
    suppressions = Suppressions(program.text)
    run(context, [rule for rule in RULES.values() if rule.code < LAST_WORD and rule.code != BLOCKED])
    withhold(context, suppressions)
    run(context, sorted((rule for rule in RULES.values() if rule.code >= LAST_WORD), key=lambda rule: rule.code))
    run(context, [RULES[BLOCKED]])
    drafts = context.drafts
    mark_suppressed(drafts, suppressions)
    edits: list[Edit] = []
    findings: list[Finding] = []
    places = Positions(program.text)
    for draft in drafts:
        made = draft.is_made(settings)
        if made:
            edits += draft.edits
        findings.append(finding(context, draft, made, places))
    if settings.annotate:
        edits += annotations(context.program, zip(drafts, findings, strict=True))
    return merge_declarations(edits), sort(findings)


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


def finding(context: Context, draft: Draft, made: bool, positions: "Positions") -> Finding:
    """The finding of a draft. One whose edits are withheld says what they wait for."""
    applicability, message, instead = draft.applicability, draft.message, draft.instead
    if not (made or draft.suppressed or applicability is Applicability.MANUAL):
        blocks = [b for p in draft.places for q in {p, *p.group} for b in q.blocks]
        if blocks:
            line = min(getattr(node, "lineno", 1) for node, _ in blocks)
            applicability = Applicability.MANUAL
            instead = instead or f"{message}, once line {line} is sorted out"
            message = f"not changed, because of line {line}"
        elif (why := cause(context, draft)) is not None and why is not draft:
            line = getattr(why.node, "lineno", 1)
            if why.suppressed:
                applicability = Applicability.MANUAL
                instead = instead or f"{message}, together with line {line}"
                message = f"not changed, because line {line} is left alone"
            else:
                message = f"{message}; not without line {line}, which is to be reviewed"
    return Finding(positions.span(draft.node), draft.code, message, applicability, made, instead, draft.suppressed)


def sort(findings: list[Finding]) -> tuple[Finding, ...]:
    """Every finding once, in the order of the source."""
    unique = {(f.span, f.code, f.message): f for f in findings}
    return tuple(sorted(unique.values(), key=lambda f: (f.span, f.code)))


class Positions:
    """Spans of nodes; the stdlib counts columns in bytes of UTF-8, people count characters."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text) if not text.isascii() else None

    def span(self, node: ast.AST) -> Span:
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", line) or line
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0) or 0
        return Span(line, self.column(line, start), end_line, self.column(end_line, end))

    def column(self, line: int, offset: int) -> int:
        if self.lines is None or line > len(self.lines):
            return offset + 1
        return len(self.lines[line - 1].encode()[:offset].decode(errors="replace")) + 1
