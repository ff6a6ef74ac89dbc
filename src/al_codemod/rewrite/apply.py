"""Apply edits to source text."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from al_codemod.rewrite.edits import Edit
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.locate import locate
from al_codemod.rewrite.plan import make_plan
from al_codemod.rewrite.transform import Transformer


def apply(text: str, tree: ast.Module, edits: Sequence[Edit]) -> str:
    """The source `text` with all edits made; whatever they are not about keeps its bytes.

    `tree` is `ast.parse(text)`, and the nodes in the edits are nodes of it. Raises `RewriteError` when the edits
    contradict each other or cannot be placed; then nothing of them should be used.
    """
    plan = make_plan(tree, edits)
    if not plan:
        return text
    try:
        module, feeds = _parse(text)
        places = locate(tree, module, plan.nodes.values())
        tight = set(_between_words(text, (node for key, node in plan.nodes.items() if key in plan.replacements)))
        changed = module.visit(Transformer(plan, places, tight))
        return feeds.restore(changed.code)
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise RewriteError(f"LibCST: {error}") from error
    except RecursionError as error:
        raise RewriteError("the source is nested too deeply") from error


def _parse(text: str) -> tuple[cst.Module, "_FormFeeds"]:
    """The LibCST tree of `text`; refuses what it would not write back as it was."""
    feeds = _FormFeeds()
    module = cst.parse_module(text)
    # LibCST forgets form feeds in indentation and some line ends of the old Macintosh, and nothing else.
    if ("\f" in text or "\r" in text.replace("\r\n", "")) and module.code != text:
        module = cst.parse_module(feeds.hide(text))
        if feeds.restore(module.code) != text:
            raise RewriteError("line breaks or form feeds in this file cannot be kept")
    return module, feeds


class _FormFeeds:
    """Form feeds in the indentation of statements and on lines of their own, hidden from LibCST in comments."""

    def __init__(self) -> None:
        self.hidden: list[str] = []

    def hide(self, text: str) -> str:
        """`text` with comments for form feeds. Positions change, but the trees correspond as before."""
        line_end = "\r\n" if "\r\n" in text else "\n"

        def comment(match: re.Match[str]) -> str:
            self.hidden.append(match[0])
            # What stands before a statement needs a line for its comment, which `restore` takes away again.
            kind, end = ("indent", line_end) if match["indent"] else ("line", "")
            return f"{_MARK} {len(self.hidden) - 1} {kind}{end}"

        return _FEED.sub(comment, text)

    def restore(self, text: str) -> str:
        """`text` with form feeds for those comments."""
        return _MARKED.sub(lambda match: self.hidden[int(match[1])], text) if self.hidden else text


_MARK = "# al-codemod form feed"
_FEED = re.compile(r"^(?:(?P<indent>[ \t\f]*\f)(?=[ \t]*[^\s#])|[ \t\f]*\f[ \t\f]*(?=\r?\n|\Z))", re.MULTILINE)
_MARKED = re.compile(_MARK + r" (\d+) (?:indent\r?\n|line)")


def _between_words(text: str, nodes: Iterable[ast.AST]) -> Iterator[int]:
    """The `id`s of expressions without a space between them and the word before or behind, as in `return[1]`."""
    lines: list[str] | None = None
    for node in nodes:
        # Names are words themselves, and to `ast` the parentheses of tuples and generators are a part of them.
        if not isinstance(node, ast.expr) or isinstance(node, ast.Name | ast.Tuple | ast.GeneratorExp):
            continue
        lines = text.split("\n") if lines is None else lines
        before = _line(lines, node.lineno)[: node.col_offset]
        behind = _line(lines, node.end_lineno or 0)[node.end_col_offset or 0 :]
        if before[-1:].isalnum() or behind[:1].isalnum():
            yield id(node)


def _line(lines: Sequence[str], number: int) -> bytes:
    return lines[number - 1].encode() if 0 < number <= len(lines) else b""
