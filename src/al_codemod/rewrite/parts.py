"""Apply the edits of a module that is made of several texts, each to the text that it is about."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import (
    AddParameter,
    ChangeCall,
    Edit,
    ExtendImport,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
    WrapStatement,
)
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.plan import resolve_imports

_ATOMS = (
    *(ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.JoinedStr, ast.Subscript),
    *(ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp),
)
EditT = TypeVar("EditT", bound=Edit)


@dataclass(slots=True)
class Piece:
    """One of the texts: `nodes` are its statements, whose lines count from `first` lines further up.

    One that is `fixed` does not change: what would be imported there is imported at the start of the first that does.
    """

    text: str
    nodes: Sequence[ast.stmt]
    first: int
    fixed: bool = False


def apply_to_pieces(pieces: Sequence[Piece], tree: ast.Module, edits: Sequence[Edit]) -> dict[int, str]:
    """The new texts of the pieces that change, by their index. `tree` is the module of all; see `apply`."""
    resolved, top = resolve_imports(tree, edits)
    if top:
        raise RewriteError("there is no statement to put imports before")
    rewriting = _Pieces(pieces, resolved)
    rewriting.spare_fixed()
    return rewriting.apply()


class _Pieces:
    def __init__(self, pieces: Sequence[Piece], edits: Sequence[Edit]) -> None:
        self.pieces = pieces
        self.edits = list(edits)
        self.owner: dict[int, int] = {}
        for index, piece in enumerate(pieces):
            for statement in piece.nodes:
                self.owner.update((id(node), index) for node in ast.walk(statement))

    def spare_fixed(self) -> None:
        """Leave out the edits of fixed pieces; the imports among them go to where they are needed."""
        fixed = {index for index, piece in enumerate(self.pieces) if piece.fixed}
        spared = [edit for edit in self.edits if self.owner.get(id(_subject(edit))) in fixed]
        lines: list[Template] = []
        for edit in spared:
            if isinstance(edit, ExtendImport):
                alias = "" if edit.name == edit.member else f" as {edit.name}"
                lines.append(Template(f"from {edit.node.module} import {edit.member}{alias}"))
            elif isinstance(edit, InsertStatements):
                lines += (line for line in edit.lines if line.text.strip())
        self.edits = [edit for edit in self.edits if edit not in spared]
        anchor = next((s for index, piece in enumerate(self.pieces) if index not in fixed for s in piece.nodes), None)
        if lines and anchor is not None:
            self.edits.append(InsertStatements(anchor, Where.BEFORE, tuple(lines)))

    def apply(self) -> dict[int, str]:
        sorted_edits: dict[int, list[Edit]] = {}
        for edit in self.edits:
            index = self.owner.get(id(_subject(edit)))
            if index is None:
                line = getattr(_subject(edit), "lineno", "?")
                raise RewriteError(f"line {line}: a statement would have to go where none can stand")
            sorted_edits.setdefault(index, []).append(edit)
        new: dict[int, str] = {}
        for index, edits in sorted_edits.items():
            piece = self.pieces[index]
            localize = partial(self.localized, index=index)
            own = [_with_templates(edit, localize) for edit in edits]
            with _moved(piece.nodes, -piece.first):
                text = apply(piece.text, ast.Module(list(piece.nodes), type_ignores=[]), own)
            if text != piece.text:
                new[index] = text
        return new

    def localized(self, template: Template, index: int) -> Template:
        """A template without holes for nodes of other pieces: their source stands in it."""
        foreign = {name: node for name, node in template.holes.items() if self.owner.get(id(node)) != index}
        if not foreign:
            return template
        text = template.text
        for name, node in foreign.items():
            source = self.source(node).replace("{", "{{").replace("}", "}}")
            text = text.replace(f"{{{name}}}", source if isinstance(node, _ATOMS) else f"({source})")
        return Template(text, {name: node for name, node in template.holes.items() if name not in foreign})

    def source(self, node: ast.expr) -> str:
        """The source of a node, with the edits inside of it."""
        piece = self.pieces[self.owner[id(node)]]
        within = set(map(id, ast.walk(node)))
        edits = [edit for edit in self.edits if id(_subject(edit)) in within]
        with _moved([node], -piece.first):
            source = ast.get_source_segment(piece.text, node) or ast.unparse(node)
        if not edits:
            return source
        # In brackets, so that line breaks in it are free; at the place that its columns say.
        text = f"({' ' * max(node.col_offset - 1, 0)}{source}\n)\n"
        expression = ast.copy_location(ast.Expr(node), node)
        with _moved([node], 1 - node.lineno):
            changed = apply(text, ast.Module([expression], type_ignores=[]), edits)
        return changed.strip()[1:-1].strip()


@contextmanager
def _moved(nodes: Iterable[ast.stmt | ast.expr], lines: int) -> Iterator[None]:
    """Let nodes have the lines of their own text for a while."""
    nodes = list(nodes)
    for node in nodes:
        ast.increment_lineno(node, lines)
    try:
        yield
    finally:
        for node in nodes:
            ast.increment_lineno(node, -lines)


def _subject(edit: Edit) -> ast.AST | None:
    """The node that an edit is about."""
    match edit:
        case InsertStatements():
            return edit.anchor
        case AddParameter():
            return edit.after
    return getattr(edit, "node", None)


def _with_templates(edit: EditT, change: Callable[[Template], Template]) -> EditT:
    """An edit with its templates changed."""
    match edit:
        case ReplaceExpression():
            return replace(edit, new=change(edit.new))
        case ChangeCall():
            return replace(
                edit,
                function=edit.function and change(edit.function),
                first=tuple(map(change, edit.first)),
                replace=tuple((argument, change(value)) for argument, value in edit.replace),
                add=tuple((name, change(value)) for name, value in edit.add),
                insert=tuple((argument, change(value)) for argument, value in edit.insert),
            )
        case InsertStatements() | ReplaceStatement():
            return replace(edit, lines=tuple(map(change, edit.lines)))
        case WrapStatement():
            return replace(edit, header=change(edit.header))
    return edit
