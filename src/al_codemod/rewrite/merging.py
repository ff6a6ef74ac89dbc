"""Edits of several rules that belong together: one statement or expression is made of all of them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from al_codemod.rewrite.edits import Catch, Declare, Edit, InsertStatements, Template, Where

if TYPE_CHECKING:
    import ast


def merged(edits: Iterable[Edit]) -> list[Edit]:
    """The edits, with one in the place of several that belong together."""
    edits = list(edits)
    others = (e for e in edits if not isinstance(e, Declare | Catch))
    return [*_declarations(edits), *_caught(edits), *others]


def _declarations(edits: list[Edit]) -> Iterator[Edit]:
    """One `global` or `nonlocal` statement for all the names that a function is to declare."""
    names: dict[tuple[ast.stmt, Where, str], list[str]] = {}
    for edit in edits:
        if isinstance(edit, Declare):
            known = names.setdefault((edit.anchor, edit.where, edit.keyword), [])
            if edit.name not in known:
                known.append(edit.name)
    for (anchor, where, keyword), found in names.items():
        yield InsertStatements(anchor, where, (Template(f"{keyword} {', '.join(found)}"),))


def _caught(edits: list[Edit]) -> Iterator[Edit]:
    """One tuple of exceptions for each handler: Python takes no tuple within it."""
    by_handler: dict[ast.expr, list[Catch]] = {}
    for edit in edits:
        if isinstance(edit, Catch):
            by_handler.setdefault(edit.node, []).append(edit)
    for node, found in by_handler.items():
        yield found[0] if len(found) == 1 else Catch(node, _together(found))


def _together(found: list[Catch]) -> Template:
    """All that several edits want to be caught; what one of them leaves out is left out."""
    kept = [set(edit.new.holes.values()) for edit in found]
    holes: dict[str, ast.expr] = {}
    parts: dict[str, None] = {}
    for edit in found:
        for part in edit.new.text.removeprefix("(").removesuffix(")").split(", "):
            node = edit.new.holes.get(part.strip("{}")) if part.startswith("{") else None
            if node is None:
                parts[part] = None
            elif all(node in nodes for nodes in kept) and node not in holes.values():
                holes[f"e{len(holes)}"] = node
                parts[f"{{e{len(holes) - 1}}}"] = None
    return Template(f"({', '.join(parts)})", holes)
