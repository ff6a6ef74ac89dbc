"""What goes into a formatted string must not end it: before Python 3.12 no quote of its own kind may be inside."""

import libcst as cst

from al_codemod.rewrite.templates import source_of


def fit_fstring(original: cst.FormattedString, updated: cst.FormattedString) -> cst.FormattedString:
    """`updated` with other quotes, where an edit brought those of the string itself into it."""
    quote = original.end
    parts: list[cst.BaseFormattedStringContent] = []
    for old, new in zip(original.parts, updated.parts, strict=True):
        if old is new or not isinstance(new, cst.FormattedStringExpression):
            parts.append(new)
            continue
        code = source_of(new.expression)
        if quote in code and quote not in source_of(old):
            new = new.with_changes(expression=new.expression.visit(_OtherQuotes(quote[0])))
        if code.startswith("{") and not new.whitespace_before_expression.value:  # type: ignore[attr-defined]
            new = new.with_changes(whitespace_before_expression=cst.SimpleWhitespace(" "))
        parts.append(new)
    return updated.with_changes(parts=parts)


class _OtherQuotes(cst.CSTTransformer):
    def __init__(self, quote: str) -> None:
        super().__init__()
        self.quote = quote
        self.other = '"' if quote == "'" else "'"

    def leave_SimpleString(self, original_node: cst.SimpleString, updated_node: cst.SimpleString) -> cst.SimpleString:
        content = updated_node.raw_value
        if updated_node.quote != self.quote or self.other in content or "\\" in content:
            return updated_node
        return updated_node.with_changes(value=f"{updated_node.prefix}{self.other}{content}{self.other}")
