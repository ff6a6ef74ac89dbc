"""Where the scalars of a YAML document stand in its text."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from al_codemod.source.errors import SourceError

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: the keys that lead to it, its place with quotes or block header, its style, and if it is in brackets.

    `style` is `""` for a plain one, or the character that begins it.
    """

    path: Path
    value: str
    start: int
    end: int
    style: str
    in_flow: bool

    @property
    def inner(self) -> tuple[int, int]:
        """Its place without the quotes."""
        return (self.start + 1, self.end - 1) if self.style in ("'", '"') else (self.start, self.end)

    def is_plain(self, text: str) -> bool:
        """Whether it says what it means without escapes or line breaks."""
        start, end = self.inner
        return self.style in ("", "'", '"') and text[start:end] == self.value


def scalars(path: str, text: str) -> Iterator[Scalar]:
    """Every scalar that is a value, once, in the order of the text; raise `SourceError` when it is not YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of anchors that are used twice
            documents = list(yaml.compose_all(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SourceError(path, line, column, f"not valid YAML: {error.problem or error.context}") from None
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise SourceError.of_file(path, f"not valid YAML: {reason}") from None
    except RecursionError:
        raise SourceError.of_file(path, "nests too deep to be analysed") from None
    for document in documents:
        yield from _walk(document, (), in_flow=False, seen=set())


def _walk(node: object, path: Path, *, in_flow: bool, seen: set[int]) -> Iterator[Scalar]:
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    if id(node) in seen:
        return  # an alias of what was met before
    seen.add(id(node))
    if isinstance(node, ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        yield Scalar(path, str(node.value), start, end, node.style or "", in_flow)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), in_flow=in_flow or bool(node.flow_style), seen=seen)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            name = str(key.value) if isinstance(key, ScalarNode) else ""
            yield from _walk(value, (*path, name), in_flow=in_flow or bool(node.flow_style), seen=seen)
