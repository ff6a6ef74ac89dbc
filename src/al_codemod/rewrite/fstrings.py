"""What goes into a formatted string must not end it: before Python 3.12 no quote of its own kind may be inside."""

from typing import cast

import libcst as cst


def fit_fstring(original: cst.FormattedString, updated: cst.FormattedString) -> cst.FormattedString:
    """`updated` with other quotes, where an edit brought those of the string itself into it."""
    parts: list[cst.BaseFormattedStringContent] = []
    for old, new in zip(original.parts, updated.parts, strict=True):
        edited = old is not new and isinstance(new, cst.FormattedStringExpression)
        parts.append(_fit(source_of(old), cast("cst.FormattedStringExpression", new), original.end) if edited else new)
    return updated.with_changes(parts=parts)


def _fit(old: str, new: cst.FormattedStringExpression, quote: str) -> cst.FormattedStringExpression:
    code = source_of(new.expression)
    if quote in code and quote not in old:
        new = new.with_changes(expression=new.expression.visit(_OtherQuotes(quote[0])))
    if code.startswith("{") and new.whitespace_before_expression.empty:
        new = new.with_changes(whitespace_before_expression=cst.SimpleWhitespace(" "))
    return new


class _OtherQuotes(cst.CSTTransformer):
    def __init__(self, quote: str) -> None:
        super().__init__()
        self.quote = quote
        self.other = '"' if quote == "'" else "'"

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """Swap the quotes of a string where that needs no escapes."""
        if not isinstance(original, cst.SimpleString):
            return updated
        content = original.raw_value
        if original.quote != self.quote or self.other in content or "\\" in content:
            return updated
        return updated.with_changes(value=f"{original.prefix}{self.other}{content}{self.other}")


def source_of(node: cst.CSTNode) -> str:
    """The source of a LibCST node."""
    return _EMPTY.code_for_node(node)


_EMPTY = cst.Module(body=())
