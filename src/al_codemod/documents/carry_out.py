"""What is proposed for the parts of a document, carried out; and the commands in them, and what is left alone."""

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from al_codemod.documents.codes import COMMENTED, NOT_MIGRATED, NOT_PARSED
from al_codemod.documents.commented import commented_code
from al_codemod.documents.mask import is_mark
from al_codemod.documents.parts import Command, Joined, Part, Place, join
from al_codemod.finding import NONE_DECLINED, UNUSED, Applicability, Declined, Finding, Span, Unwanted, in_order
from al_codemod.manifests.needs import Needs
from al_codemod.migrate import propose
from al_codemod.proposals import Proposal
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.verify import check
from al_codemod.rules.cli import command_line
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError
from al_codemod.source.prefilter import has_hint, has_proof
from al_codemod.suppress import Suppressions, line_covers
from al_codemod.surface.members import V1_UNMISTAKABLE
from al_codemod.wanted import Wanted

COMMAND = "AL601"
IN_COMMENT = "code in a comment uses Arraylake V1"

_START = Span(1, 1, 1, 1)
_ARRAYLAKE = re.compile(r"(?:^|&&|\|\||[;|]|\brun|\bsudo)\s*(arraylake\s[^&;|]*)")
_CELL_MAGIC = re.compile(r"\A\s*%%.*")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class Carried:
    """What becomes of parts of a file: new texts, and findings."""

    path: str
    settings: Settings
    needs: Needs = field(default_factory=Needs)
    declined: Declined = NONE_DECLINED
    texts: dict[Part, str] = field(default_factory=dict)
    """The new Python of the parts that change."""
    proposals: list[Proposal] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)
    """What was found by other than the rules."""

    def carry_out(self, proposal: Proposal, joined: Joined) -> None:
        """Make the edits of a proposal in the parts that its module was joined from, and look at the rest of them."""
        self.proposals.append(proposal)
        if proposal.edits:
            from al_codemod.rewrite.parts import Piece, apply_to_pieces

            pieces = [Piece(part.text, part.nodes, part.first, part.context) for part in joined.parts]
            # Nothing goes above a magic that comes first, such as `%pip install`, for being at the top.
            tree = ast.Module([s for s in joined.tree.body if not is_mark(s)], type_ignores=[])
            try:
                texts = apply_to_pieces(pieces, tree, proposal.edits)
            except RewriteError as error:
                raise self.error(joined.with_places(str(error))) from None
            for index, text in texts.items():
                self.texts[joined.parts[index]] = text
        code = "\n".join(self.texts.get(part, part.text) for part in joined.parts)
        self.needs = self.needs.with_code(code, is_v1=any(found.code != UNUSED for found in proposal.findings))
        known = _v1_names(proposal)
        for part in (*joined.parts, *joined.others):
            self._left(part, known)
        for part in joined.parts:
            self._commented(part)

    def findings(self) -> tuple[Finding, ...]:
        """All that was found, in the order of the file."""
        found = {*self.noted, *(finding for proposal in self.proposals for finding in proposal.remaining())}
        return in_order(found)

    def changed(self, parts: Iterable[Part]) -> dict[Part, str]:
        """The document's own text of the parts that change."""
        return {
            part: self._restored(part, self.texts.get(part, part.text))
            for part in parts
            if part in self.texts or any(command.new is not None for command in part.commands)
        }

    def _restored(self, part: Part, text: str) -> str:
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

    def _left(self, part: Part, known: set[str]) -> None:
        """Point at what is left alone though it may have to do with V1."""
        if part.problem is not None:
            if _speaks_of_v1(part.text, known):
                line, column = part.problem.lineno or 1, max(part.problem.offset or 1, 1)
                message = f"not migrated, because it does not parse: {part.problem.msg}"
                advice = "correct it, and run al-codemod again"
                self._point_at(part, line - 1, column - 1, NOT_PARSED, message, advice, part.text)
            return
        for left in part.left:
            if not (_speaks_of_v1(left.text, known) if part.is_python else self._uses_v1(left.text)):
                continue
            if left.hidden:
                self._point_at(part, left.line, 0, COMMENTED, IN_COMMENT, "", left.text)
            else:
                message, advice = f"not migrated, because {left.why}", "see what of it is still right"
                self._point_at(part, left.line, 0, NOT_MIGRATED, message, advice, left.text)

    def _uses_v1(self, text: str) -> bool:
        """Whether text that runs elsewhere, or not at all, uses V1: by analysis, where it is Python."""
        joined = join([Part(_CELL_MAGIC.sub("", text), Place, str)])
        if joined.others:
            return _speaks_of_v1(text)
        (proposal,) = propose([joined], self.settings)
        return any(finding.code != UNUSED for finding in proposal.findings)

    def _commented(self, part: Part) -> None:
        """Point at code in comments."""
        for line in commented_code(part.text, _is_v1):
            self._point_at(part, line - 1, 0, COMMENTED, IN_COMMENT, "")

    def _point_at(
        self, part: Part, line: int, column: int, code: str, message: str, instead: str, text: str = ""
    ) -> None:
        """Note that a text is left alone, at a place (from 0) in the document's own text of a part."""
        applicability = Applicability.REVIEW if code == COMMENTED else Applicability.MANUAL
        finding = _placed(part, line, column, Finding(_START, code, message, applicability, instead=instead))
        why = self._verdict(finding, text)
        self.noted.append(finding if why is None else finding.left_alone(why))

    # Commands

    def commands(self, part: Part) -> None:
        """Change the commands that a part gives to a shell."""
        for command in part.commands:
            self._arraylake(part, command)
            self._install(part, command)

    def _arraylake(self, part: Part, command: Command) -> None:
        text = command.text
        found: list[Finding] = []
        for match in reversed(list(_ARRAYLAKE.finditer(command.text))):
            new, changes = command_line(match[1])
            text = text[: match.start(1)] + new + text[match.end(1) :]
            for change in changes:
                done = Applicability.MANUAL if change.instead else Applicability.SAFE
                finding = Finding(_START, COMMAND, change.message, done, not change.instead, change.instead)
                found.append(_placed(part, command.line, command.column, finding))
        self._conclude(part, command, text, found)

    def _install(self, part: Part, command: Command) -> None:
        from al_codemod.manifests.migrate import migrate_install_line

        migration = migrate_install_line(command.new or command.text, self.settings, self.needs)
        found: list[Finding] = []
        for finding in migration.findings:
            line, column = finding.span.line - 1, finding.span.column - 1
            column += 0 if line else command.column
            found.append(_placed(part, command.line + line, column, finding))
        self._conclude(part, command, migration.text, found)

    def _conclude(self, part: Part, command: Command, new: str, found: Sequence[Finding]) -> None:
        """Change a command as a whole or not at all."""
        old = command.new or command.text
        why = next((verdict for finding in found if (verdict := self._verdict(finding, old)) is not None), None)
        if why is not None:
            self.noted += (finding.left_alone(finding.unwanted or why) for finding in found)
        elif part.problem is not None:
            # A cell that does not parse is left as it is, with the commands in it.
            self.noted += (replace(finding, fixed=False) for finding in found)
        else:
            self.noted += found
            command.new = command.new if new == old else new

    def _verdict(self, finding: Finding, text: str) -> Unwanted | None:
        """Whether a finding in a text that is no Python is not wanted: by a comment there, or one about the whole file."""
        covered = [proposal.wanted.suppressions.cover_file(finding.code) for proposal in self.proposals]
        if any(covered) or line_covers(text, finding.code):
            return Unwanted.COMMENT
        return Wanted(Suppressions(""), self.settings, self.declined).verdict(finding.code, finding.span)


def _placed(part: Part, line: int, column: int, finding: Finding) -> Finding:
    """A finding at a place (from 0) in the document's own text of a part."""
    place = part.locate(line, column)
    return replace(finding, span=Span(place.line, place.column, place.line, place.column), cell=place.cell)


def _v1_names(proposal: Proposal) -> set[str]:
    """The names of variables that hold something of V1."""
    nodes = ast.walk(proposal.module.tree)
    return {node.id for node in nodes if isinstance(node, ast.Name) and proposal.program.of(node)}


def _speaks_of_v1(text: str, known: Iterable[str] = ()) -> bool:
    data = text.encode(errors="replace")
    return has_proof(data) or has_hint(data) or not set(_WORD.findall(text)).isdisjoint(known)


def _is_v1(node: ast.AST) -> bool:
    """Whether code uses a member that only V1 has."""
    return isinstance(node, ast.Attribute) and node.attr in V1_UNMISTAKABLE
