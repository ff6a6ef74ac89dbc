"""One document in, its migration out: the Python in it, and the commands that it gives to a shell."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from al_codemod.documents.codes import COMMENTED, NOT_MIGRATED, NOT_PARSED
from al_codemod.documents.commented import commented_code
from al_codemod.documents.docstrings import docstring_nodes, docstrings
from al_codemod.documents.document import Document
from al_codemod.documents.mask import is_mark
from al_codemod.documents.offsets import Offsets
from al_codemod.documents.parts import Command, Module, Part, Place, join
from al_codemod.documents.splices import Splice, spliced
from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.installs import update_install
from al_codemod.migrate import propose
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.verify import check
from al_codemod.rules.cli import command_line
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError
from al_codemod.source.prefilter import has_hint, has_proof
from al_codemod.suppress import Suppressions, line_covers
from al_codemod.surface.members import V1_UNMISTAKABLE

COMMAND = "AL601"
IN_COMMENT = "code in a comment uses Arraylake V1"

_START = Span(1, 1, 1, 1)
_LINE = re.compile(r"\bline (\d+)\b")
_ARRAYLAKE = re.compile(r"(?:^|&&|\|\||[;|]|\brun|\bsudo)\s*(arraylake\s[^&;|]*)")
_CELL_MAGIC = re.compile(r"\A\s*%%.*")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class DocumentMigration:
    """What the migration of a document comes to: what to change in its text, and what was found in it."""

    splices: list[Splice]
    findings: tuple[Finding, ...]
    texts: dict[Part, str]
    """The document's own new text of each part that changes."""


def migrate_document(document: Document, settings: Settings) -> DocumentMigration:
    """Migrate a document; raises `SourceError` where something cannot be written in it."""
    migration = _Migration(document.path, settings)
    for parts in document.modules:
        migration.module(parts)
    for part in document.parts:
        migration.commands(part)
    texts = migration.changed(document.parts)
    splices = document.splices(texts, clear_outputs=settings.clear_outputs)
    return DocumentMigration(splices, _sorted(migration.findings), texts)


def with_docstrings(path: str, text: str, migration: Migration, settings: Settings) -> Migration:
    """The migration of a Python file, and that of the examples in its docstrings."""
    examples = list(docstrings(text))
    if not examples:
        return migration
    imports = _imports(text)
    nodes, offsets = docstring_nodes(migration.text), Offsets(migration.text)
    places = [offsets.span(node)[0] for node in nodes]
    old_offsets = Offsets(text)
    indexes = {old_offsets.span(node)[0]: index for index, node in enumerate(docstring_nodes(text))}
    findings = list(migration.findings)
    splices: list[Splice] = []
    for example in examples:
        own = _Migration(path, settings)
        parts = [part for part, _ in example.parts]
        # A test runs the sessions of a docstring together, and no other block.
        for group in ([p for p in parts if p.is_session], [p for p in parts if not p.is_session]):
            if group:
                own.module([Part(imports, parts[0].locate, str, context=True), *group])
        for part in parts:
            own.commands(part)
        findings += own.findings
        new = own.changed(parts)
        if new:
            start = places[indexes[example.start]] if len(places) == len(indexes) else len(migration.text)
            if not migration.text.startswith(example.source, start):
                raise own.error("internal error, please report it: a docstring is lost")
            splices.append((start, start + len(example.source), example.replaced(new)))
    return Migration(spliced(migration.text, sorted(splices)), _sorted(findings))


def _imports(text: str) -> str:
    """The imports of a Python file, which examples in its docstrings can rely on."""
    body = ast.parse(text).body
    return "".join(f"{ast.unparse(node)}\n" for node in body if isinstance(node, ast.Import | ast.ImportFrom))


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda found: (found.span, found.code)))


@dataclass(slots=True)
class _Migration:
    path: str
    settings: Settings
    texts: dict[Part, str] = field(default_factory=dict)
    """The new Python of the parts that change."""
    findings: list[Finding] = field(default_factory=list)
    suppressions: list[Suppressions] = field(default_factory=list)

    def module(self, parts: list[Part]) -> None:
        """Migrate the Python in parts that share their names."""
        module = join(parts)
        program = Program(module.text, module.tree)
        self.suppressions.append(Suppressions(module.text))
        edits, findings = propose(program, self.settings)
        own = (f for f in findings if not module.part_of(f.span.line).context)
        self.findings += (_located(finding, module) for finding in own)
        if edits:
            from al_codemod.rewrite.parts import Piece, apply_to_pieces

            pieces = [Piece(part.text, part.nodes, part.first, part.context) for part in module.parts]
            # Nothing goes above a magic that comes first, such as `%pip install`, for being at the top.
            tree = ast.Module([s for s in module.tree.body if not is_mark(s)], type_ignores=[])
            try:
                texts = apply_to_pieces(pieces, tree, edits)
            except RewriteError as error:
                raise self.error(_with_places(str(error), module)) from None
            for index, text in texts.items():
                self.texts[module.parts[index]] = text
        known = _v1_names(program)
        for part in parts:
            self.left(part, known)
        for part in module.parts:
            self.commented(part)

    def changed(self, parts: Iterable[Part]) -> dict[Part, str]:
        """The document's own text of the parts that change."""
        return {
            part: self.restored(part, self.texts.get(part, part.text))
            for part in parts
            if part in self.texts or any(command.new is not None for command in part.commands)
        }

    def restored(self, part: Part, text: str) -> str:
        """The document's own text of a part."""
        problem = check(text) if part.is_python and part.problem is None else None
        if problem is not None:
            raise self.error(f"internal error, please report it: {problem}")
        try:
            return part.restore(text)
        except (ValueError, SyntaxError) as error:
            raise self.error(str(error)) from None

    def error(self, reason: str) -> SourceError:
        return SourceError.of_file(self.path, f"left alone: {reason}")

    # What is not Python, or not Python that can be migrated

    def left(self, part: Part, known: set[str]) -> None:
        """Point at what is left alone though it may have to do with V1."""
        if part.problem is not None:
            if _speaks_of_v1(part.text, known):
                line, column = part.problem.lineno or 1, max(part.problem.offset or 1, 1)
                message = f"not migrated, because it does not parse: {part.problem.msg}"
                advice = "correct it, and run al-codemod again"
                self.add(part, line - 1, column - 1, NOT_PARSED, message, advice, part.text)
            return
        for left in part.left:
            if not (_speaks_of_v1(left.text, known) if part.is_python else self.uses_v1(left.text)):
                continue
            if left.hidden:
                self.add(part, left.line, 0, COMMENTED, IN_COMMENT, "", left.text)
            else:
                message, advice = f"not migrated, because {left.why}", "see what of it is still right"
                self.add(part, left.line, 0, NOT_MIGRATED, message, advice, left.text)

    def uses_v1(self, text: str) -> bool:
        """Whether text that runs elsewhere, or not at all, uses V1: by analysis, where it is Python."""
        other = Part(_CELL_MAGIC.sub("", text), Place, str)
        module = join([other])
        if other.problem is not None:
            return _speaks_of_v1(text)
        return bool(propose(Program(module.text, module.tree), self.settings)[1])

    def commented(self, part: Part) -> None:
        """Point at code in comments."""
        for line in commented_code(part.text, _is_v1):
            self.add(part, line - 1, 0, COMMENTED, IN_COMMENT, "")

    def commands(self, part: Part) -> None:
        """Change the commands that a part gives to a shell."""
        for command in part.commands:
            self.arraylake(part, command)
            self.install(part, command)

    def is_suppressed(self, text: str, code: str) -> bool:
        """Whether a comment in a text that is no Python keeps the tool off it, or one in the file off all of it."""
        return line_covers(text, code) or any(comments.cover_file(code) for comments in self.suppressions)

    def arraylake(self, part: Part, command: Command) -> None:
        text = command.text
        suppressed = self.is_suppressed(command.text, COMMAND)
        for found in reversed(list(_ARRAYLAKE.finditer(command.text))):
            new, changes = command_line(found[1])
            text = text[: found.start(1)] + new + text[found.end(1) :]
            for change in changes:
                done = Applicability.MANUAL if change.instead else Applicability.SAFE
                finding = Finding(_START, COMMAND, change.message, done, not change.instead, change.instead)
                self.note(part, command.line, command.column, finding, suppressed=suppressed)
        if text != command.text and not suppressed and part.problem is None:
            command.new = text

    def install(self, part: Part, command: Command) -> None:
        old = command.new or command.text
        migration = update_install(old, self.settings)
        suppressed = any(self.is_suppressed(old, finding.code) for finding in migration.findings)
        if migration.text != old and not suppressed and part.problem is None:
            command.new = migration.text
        for finding in migration.findings:
            line, column = finding.span.line - 1, finding.span.column - 1
            column += 0 if line else command.column
            self.note(part, command.line + line, column, finding, suppressed=suppressed)

    def add(self, part: Part, line: int, column: int, code: str, message: str, instead: str, text: str = "") -> None:
        """Note that a text is left alone, at a place (from 0) in the document's own text of a part."""
        applicability = Applicability.REVIEW if code == COMMENTED else Applicability.MANUAL
        finding = Finding(_START, code, message, applicability, instead=instead)
        self.note(part, line, column, finding, suppressed=self.is_suppressed(text, code))

    def note(self, part: Part, line: int, column: int, finding: Finding, *, suppressed: bool) -> None:
        place = part.locate(line, column)
        span = Span(place.line, place.column, place.line, place.column)
        # A cell that does not parse is left as it is, with the commands in it.
        fixed = finding.fixed and not suppressed and part.problem is None
        self.findings.append(replace(finding, span=span, fixed=fixed, suppressed=suppressed, cell=place.cell))


def _located(finding: Finding, module: Module) -> Finding:
    """A finding at its place in the file; the lines that it names are those of the file, or of cells."""
    start = module.place(finding.span.line, finding.span.column)
    end = module.place(finding.span.end_line, finding.span.end_column)
    span = Span(start.line, start.column, end.line, end.column)
    message, instead = _with_places(finding.message, module), _with_places(finding.instead, module)
    return replace(finding, span=span, message=message, instead=instead, cell=start.cell)


def _with_places(text: str, module: Module) -> str:
    return _LINE.sub(lambda found: _line_name(module.place(int(found[1]), 1)), text)


def _line_name(place: Place) -> str:
    return f"line {place.line}" if place.cell is None else f"cell {place.cell.number}, line {place.cell.line}"


def _v1_names(program: Program) -> set[str]:
    """The names of variables that hold something of V1."""
    return {node.id for node in program.inference.values if isinstance(node, ast.Name) and program.of(node)}


def _speaks_of_v1(text: str, known: Iterable[str] = ()) -> bool:
    data = text.encode(errors="replace")
    return has_proof(data) or has_hint(data) or not set(_WORD.findall(text)).isdisjoint(known)


def _is_v1(node: ast.AST) -> bool:
    """Whether code uses a member that only V1 has."""
    return isinstance(node, ast.Attribute) and node.attr in V1_UNMISTAKABLE
