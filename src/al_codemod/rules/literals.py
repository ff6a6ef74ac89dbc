"""Take elements out of a dict, list or tuple that is written out, and leave the rest of its text as it is."""

import ast
import io
import tokenize
from collections.abc import Callable
from itertools import pairwise

from al_codemod.rewrite.edits import Template
from al_codemod.rules.base import Context

Display = ast.Dict | ast.List | ast.Tuple
_OPEN, _CLOSE = "([{", ")]}"


def without(context: Context, node: Display, dropped: Callable[[int], bool]) -> Template:
    """A display without the elements whose index is `dropped`, with its line breaks and comments."""
    source = context.program.segment(node)
    opening, pieces, closing = _split(source)
    values = node.values if isinstance(node, ast.Dict) else node.elts
    kept = [i for i in range(len(values)) if not dropped(i)]
    if not kept:
        return Template(_escaped(opening + closing.strip()))
    holes: dict[str, ast.expr] = {}
    texts: list[str] = []
    for i in kept:
        text, value = pieces[i], values[i]
        segment = context.program.segment(value)
        if text.count(segment) == 1:
            before, _, after = text.partition(segment)
            holes[f"e{i}"] = value
            texts.append(f"{_escaped(before)}{{e{i}}}{_escaped(after)}")
        else:
            texts.append(_escaped(text))
    if kept[0] and not pieces[0][:1].isspace():
        texts[0] = texts[0].lstrip()
    if kept[-1] != len(values) - 1 and not _has_comma(pieces[-1]) and texts[-1].rstrip().endswith(","):
        texts[-1] = texts[-1].rstrip()[:-1] + ("," if isinstance(node, ast.Tuple) and len(kept) == 1 else "")
    return Template(_escaped(opening) + "".join(texts) + _escaped(closing), holes)


def _has_comma(piece: str) -> bool:
    return any(t.string == "," for t in _tokens(f"({piece}\n)")[-4:])


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _split(source: str) -> tuple[str, list[str], str]:
    """The opening bracket, the text of each element with its comma and the comment behind it, and the rest."""
    bare = not source.startswith(tuple(_OPEN))
    text = f"({source})" if bare else source
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    depth, cuts, comma_line, last = 0, [1], 0, 1
    for token in _tokens(text):
        end = starts[token.end[0] - 1] + token.end[1]
        if token.type == tokenize.OP and token.string in _OPEN:
            depth += 1
        elif token.type == tokenize.OP and token.string in _CLOSE:
            depth -= 1
        elif token.type == tokenize.OP and token.string == "," and depth == 1:
            cuts.append(end)
            comma_line = token.end[0]
        elif token.type == tokenize.COMMENT and token.start[0] == comma_line:
            cuts[-1] = end
        if depth and token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER):
            last = end
    if cuts[-1] < last:
        cuts.append(last)
    pieces = [text[a:b] for a, b in pairwise(cuts)]
    opening, closing = text[0], text[cuts[-1] :]
    return ("" if bare else opening), pieces, (closing[:-1] if bare else closing)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
