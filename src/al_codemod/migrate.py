"""Python sources in, their migrations out: the only door to the analysis and the rewriting."""

import ast
import posixpath
from collections.abc import Iterable, Sequence

from al_codemod.annotate import annotations
from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.rules import load
from al_codemod.rules.base import LAST_WORD, RULES, Context, Draft, Rule, Shared
from al_codemod.rules.blocked import BLOCKED
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.source.text import split_lines
from al_codemod.suppress import Suppressions
from al_codemod.withhold import cause, mark_suppressed, withhold


def migrate(text: str, settings: Settings) -> Migration:
    """Migrate one Python source that stands alone.

    `text` is the decoded source with its own line endings and without a byte order mark. The result never differs from
    it when there is no evidence of Arraylake V1. Raises `SyntaxError` when `text` does not parse, and `RecursionError`
    when it nests too deep.
    """
    return migrate_program([Module.parse(text)], settings)[0]


def migrate_program(modules: Sequence[Module], settings: Settings) -> list[Migration]:
    """Migrate modules that belong together; their migrations in the same order.

    A change that concerns several modules is made in all of them or in none.
    """
    load()
    program = Program(modules)
    shared = Shared(program)
    contexts = [Context(program, settings, module, shared) for module in modules]
    suppressions = [Suppressions(module.text) for module in modules]
    rules = sorted(RULES.values(), key=lambda rule: rule.code)
    run(contexts, [rule for rule in RULES.values() if rule.code < LAST_WORD and rule.code != BLOCKED])
    for context, comments in zip(contexts, suppressions, strict=True):
        mark_suppressed(context.drafts, comments)
    withhold(contexts)
    run(contexts, [rule for rule in rules if rule.code >= LAST_WORD])
    run(contexts, [RULES[BLOCKED]])
    for context, comments in zip(contexts, suppressions, strict=True):
        mark_suppressed(context.drafts, comments)
    return [result(context) for context in contexts]


def run(contexts: Iterable[Context], rules: Sequence[Rule]) -> None:
    """Collect what some rules propose."""
    for context in contexts:
        for rule in rules:
            for draft in rule.run(context):
                draft.code = draft.code or rule.code
                if draft.places:  # what is done to one of several repos is done to all of them, or to none
                    draft.places = tuple(dict.fromkeys((*draft.places, *context.places_of(draft.node))))
                context.drafts.append(draft)


def result(context: Context) -> Migration:
    """What becomes of a module by all that was proposed."""
    edits: list[Edit] = []
    findings: list[Finding] = []
    positions = Positions(context.source.text)
    for draft in context.drafts:
        made = context.is_made(draft)
        if made:
            edits += draft.edits
        findings.append(finding(context, draft, made, positions))
    if context.settings.annotate:
        edits += annotations(context, zip(context.drafts, findings, strict=True))
    text = context.source.text
    if edits:
        from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most files need it not

        text = apply(text, context.source.tree, merge_declarations(edits))
    return Migration(text, sort(findings))


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
        blocks = [node for p in draft.places for q in {p, *p.group} for node, _ in q.blocks]
        if blocks:
            first = min(blocks, key=lambda n: (not context.is_here(n), getattr(n, "lineno", 1)))
            applicability = Applicability.MANUAL
            instead = instead or f"{message}, once {where(context, first)} is sorted out"
            message = f"not changed, because of {where(context, first)}"
        elif (why := cause(context.shared, draft)) is not None and why is not draft:
            line = where(context, why.node)
            if why.suppressed:
                applicability = Applicability.MANUAL
                instead = instead or f"{message}, together with {line}"
                message = f"not changed, because {line} is left alone"
            elif not context.program.module(why.node).editable:
                applicability = Applicability.MANUAL
                instead = instead or f"{message}, in a run over the whole project"
                message = (
                    f"not changed, because {line} would have to change with it and is not among the files of this run"
                )
            else:
                message = f"{message}; not without {line}, which is to be reviewed"
    return Finding(positions.span(draft.node), draft.code, message, applicability, made, instead, draft.suppressed)


def where(context: Context, node: ast.AST) -> str:
    """How to speak of a place in the program in a message about this module."""
    line = f"line {getattr(node, 'lineno', 1)}"
    return line if context.is_here(node) else f"{line} of {posixpath.basename(context.program.module(node).path)}"


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
