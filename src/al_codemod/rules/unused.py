"""Comments that suppress nothing."""

import ast
from collections.abc import Iterator

from al_codemod.finding import UNUSED, Applicability
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.source.text import split_lines


@rule(
    UNUSED,
    "unused-suppression",
    rows="",
    before="""
from arraylake import Client

client = Client()  # al-codemod: ignore[AL701]
""",
    after="""
from arraylake import Client

client = Client()  # al-codemod: ignore[AL701]
""",
)
def unused(context: Context) -> Iterator[Draft]:
    """A comment `# al-codemod: ignore` that nothing is found for is pointed at.

    It was right once, or it has a typing error in it, or stands on a line of its own. Left where it is, it would hide what
    comes to that line later.
    """
    lines = split_lines(context.source.text)
    for suppression in context.wanted.suppressions.unused():
        line = suppression.line
        # Nodes count columns in bytes.
        start, end = (len(lines[line - 1][: n - 1].encode()) for n in (suppression.column, suppression.end_column))
        node = ast.Constant(None, lineno=line, col_offset=start, end_lineno=line, end_col_offset=end)
        codes = ", ".join(suppression.unused)
        message = f"nothing is suppressed here: no finding of {codes}" if codes else "nothing is suppressed here"
        instead = f"take {codes} out of the comment" if suppression.used else "take the comment out"
        yield Draft(node, message, Applicability.MANUAL, instead=instead)
