"""A comma-separated list in brackets, taken apart into its items and the gaps between them.

Calls and `from` imports share it: dropping and adding items keeps the style of the rest, one line each or all in one.
A gap before an item holds, in this order: the end of the line before with its comment (which is about the item before),
comments on lines of their own (about the item after), and the indentation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import libcst as cst

Gap = cst.BaseParenthesizableWhitespace
Node = TypeVar("Node", bound=cst.CSTNode)

NONE = cst.SimpleWhitespace("")
SPACE = cst.SimpleWhitespace(" ")


@dataclass(slots=True)
class Item(Generic[Node]):
    """One item, what stands before it, and what stands between it and its comma."""

    node: Node
    gap: Gap
    before_comma: Gap = NONE


@dataclass(slots=True)
class Layout(Generic[Node]):
    """The items, what stands before the closing bracket, and whether a comma follows the last item."""

    items: list[Item[Node]] = field(default_factory=list)
    tail: Gap = NONE
    trailing_comma: bool = False

    def append(self, node: Node, before: int | None = None) -> None:
        """Add an item at the end, or in front of the item `before`, in the style of its neighbours."""
        if before is not None and before < len(self.items):
            self._insert(node, before)
            return
        if not self.items:
            self.items.append(Item(node, NONE))
            self.tail = self.tail if _comments(self.tail) else NONE
            return
        gap = self._style(len(self.items) - 1)
        if isinstance(gap, cst.ParenthesizedWhitespace):
            # The comment behind the last item stays behind it.
            gap = gap.with_changes(first_line=_first_line(self.tail))
            if isinstance(self.tail, cst.ParenthesizedWhitespace):
                self.tail = _bare(self.tail, keep_own_lines=True)
        self.items.append(Item(node, gap))

    def _insert(self, node: Node, index: int) -> None:
        following = self.items[index]
        gap = following.gap
        new: Gap
        if isinstance(gap, cst.ParenthesizedWhitespace):
            new = _bare(gap).with_changes(first_line=gap.first_line)
            following.gap = _bare(gap, keep_own_lines=True)
        else:
            new = gap
            following.gap = self._style(1) if index == 0 and len(self.items) > 1 else SPACE
        self.items.insert(index, Item(node, new))

    def _style(self, index: int) -> Gap:
        """The bare gap that the item `index` has, for another item; a space where there is none to copy."""
        gap = self.items[index].gap
        if isinstance(gap, cst.ParenthesizedWhitespace):
            return _bare(gap)
        return SPACE if index == 0 or "\\" in gap.value or not gap.value else gap  # type: ignore[attr-defined]

    def drop(self, wanted: Callable[[Node], bool]) -> None:
        """Take out every item that is wanted out, with the comments that are about it alone."""
        for index in reversed(range(len(self.items))):
            if wanted(self.items[index].node):
                self._drop(index)

    def _drop(self, index: int) -> None:
        gap = self.items.pop(index).gap
        if not self.items:
            self.tail, self.trailing_comma = NONE, False
        elif index == len(self.items):
            self.tail = _closing(gap, self.tail)
        else:
            following = self.items[index]
            following.gap = _opening(gap, following.gap) if index == 0 else _between(gap, following.gap)

    def order(self, key: Callable[[Node], bool]) -> None:
        """Move the items with a true key behind those with a false one; the gaps stay where they are."""
        nodes = sorted((item.node for item in self.items), key=key)
        self.items = [replace(item, node=node) for item, node in zip(self.items, nodes, strict=True)]


def commas(layout: Layout[Node]) -> list[tuple[Node, cst.Comma | cst.MaybeSentinel, Gap]]:
    """Each item with its comma, and the whitespace behind an item that has none."""
    result: list[tuple[Node, cst.Comma | cst.MaybeSentinel, Gap]] = []
    last = len(layout.items) - 1
    for index, item in enumerate(layout.items):
        if index < last or layout.trailing_comma:
            after = layout.items[index + 1].gap if index < last else layout.tail
            result.append((item.node, cst.Comma(item.before_comma, after), NONE))
        else:
            result.append((item.node, cst.MaybeSentinel.DEFAULT, layout.tail))
    return result


def take_apart(
    nodes: Sequence[Node], first: Gap, comma: Callable[[Node], object], behind: Callable[[Node], Gap]
) -> Layout[Node]:
    """The layout of `nodes`: `first` stands before them, `behind` an item without a comma."""
    layout: Layout[Node] = Layout(tail=first)
    for node in nodes:
        own = comma(node)
        if isinstance(own, cst.Comma):
            layout.items.append(Item(node, layout.tail, own.whitespace_before))
            layout.tail, layout.trailing_comma = own.whitespace_after, True
            if not layout.tail.empty:
                continue
            layout.tail = behind(node)
        else:
            layout.items.append(Item(node, layout.tail))
            layout.tail, layout.trailing_comma = behind(node), False
    return layout


def _first_line(gap: Gap) -> cst.TrailingWhitespace:
    return gap.first_line if isinstance(gap, cst.ParenthesizedWhitespace) else cst.TrailingWhitespace()


def _bare(gap: cst.ParenthesizedWhitespace, keep_own_lines: bool = False) -> cst.ParenthesizedWhitespace:
    """A line break and the same indentation, without the comment of the line before."""
    line = cst.TrailingWhitespace(newline=gap.first_line.newline)
    return gap.with_changes(first_line=line, empty_lines=gap.empty_lines if keep_own_lines else ())


def _comments(gap: Gap) -> bool:
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return False
    return gap.first_line.comment is not None or any(line.comment for line in gap.empty_lines)


def _own_comments(gap: Gap) -> bool:
    return isinstance(gap, cst.ParenthesizedWhitespace) and any(line.comment for line in gap.empty_lines)


def _between(gap: Gap, following: Gap) -> Gap:
    """The gap that is left where an item between two others goes."""
    if not isinstance(following, cst.ParenthesizedWhitespace):
        return gap
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return following
    return following.with_changes(first_line=gap.first_line)


def _opening(gap: Gap, following: Gap) -> Gap:
    """The gap that is left behind the opening bracket."""
    if isinstance(gap, cst.ParenthesizedWhitespace) or _own_comments(following):
        return _between(gap, following)
    return gap


def _closing(gap: Gap, tail: Gap) -> Gap:
    """The gap that is left before the closing bracket."""
    if not isinstance(gap, cst.ParenthesizedWhitespace):
        return tail
    if isinstance(tail, cst.ParenthesizedWhitespace):
        return tail.with_changes(first_line=gap.first_line)
    return gap.with_changes(empty_lines=()) if gap.first_line.comment else tail
