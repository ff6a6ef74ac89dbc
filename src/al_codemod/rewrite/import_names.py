"""Add names to an import statement and take names out of it, in the style in which it is written."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from al_codemod.rewrite.layout import NONE, Layout, commas, take_apart


@dataclass(slots=True)
class ImportChange:
    """What is wanted of one import statement. Calling it applies it; None tells that no name is left."""

    node: ast.Import | ast.ImportFrom
    drop: set[int] = field(default_factory=set)
    add: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, tree: cst.BaseSmallStatement) -> cst.BaseSmallStatement | None:
        """The changed statement."""
        if not isinstance(tree, cst.Import | cst.ImportFrom) or isinstance(tree.names, cst.ImportStar):
            return None if self.drop else tree
        names = list(tree.names)
        gone = {id(name) for ours, name in zip(self.node.names, names, strict=True) if id(ours) in self.drop}
        left = len(names) - len(gone)
        if not left and not self.add:
            return None
        in_brackets = isinstance(tree, cst.ImportFrom) and tree.lpar is not None
        layout = _layout(tree, names)
        for member, name in self.add:
            _add(layout, member, name, gone)
        layout.drop(lambda name: id(name) in gone)
        if not in_brackets and layout.items and not left:
            layout.items[0].gap = NONE
        return _put_together(tree, layout)


def _layout(tree: cst.Import | cst.ImportFrom, names: Sequence[cst.ImportAlias]) -> Layout[cst.ImportAlias]:
    opening = tree.lpar.whitespace_after if isinstance(tree, cst.ImportFrom) and tree.lpar else NONE
    closing = tree.rpar.whitespace_before if isinstance(tree, cst.ImportFrom) and tree.rpar else NONE
    last = names[-1]
    return take_apart(names, opening, lambda name: name.comma, lambda name: closing if name is last else NONE)


def _add(layout: Layout[cst.ImportAlias], member: str, name: str, gone: set[int]) -> None:
    new = cst.ImportAlias(cst.Name(member), cst.AsName(cst.Name(name)) if name and name != member else None)
    present = [item.node for item in layout.items if id(item.node) not in gone]
    for key in _KEYS:
        keys = [key(_text(alias)) for alias in present]
        if keys == sorted(keys):
            following = next((alias for alias in present if key(_text(alias)) > key(member)), None)
            break
    else:
        following = None
    index = next((i for i, item in enumerate(layout.items) if item.node is following), None)
    layout.append(new, before=index)


def _put_together(tree: cst.Import | cst.ImportFrom, layout: Layout[cst.ImportAlias]) -> cst.Import | cst.ImportFrom:
    names = [alias.with_changes(comma=comma) for alias, comma, _ in commas(layout)]
    if not isinstance(tree, cst.ImportFrom) or tree.lpar is None or tree.rpar is None:
        return tree.with_changes(names=names)
    rpar = tree.rpar.with_changes(whitespace_before=NONE if layout.trailing_comma else layout.tail)
    lpar = tree.lpar.with_changes(whitespace_after=layout.items[0].gap)
    return tree.with_changes(names=names, lpar=lpar, rpar=rpar)


def _text(alias: cst.ImportAlias) -> str:
    return alias.name.value if isinstance(alias.name, cst.Name) else ""


def _by_type(name: str) -> tuple[int, str]:
    """How isort orders names by default: constants, classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.casefold()


_KEYS: tuple[Callable[[str], tuple[int, str]], ...] = (
    _by_type,
    lambda name: (0, name.casefold()),
    lambda name: (0, name),
)
