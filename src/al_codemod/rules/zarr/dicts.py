"""Dicts that hold codecs: encodings of xarray, and keywords that are unpacked into a call."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.codecs import Translated, translate
from al_codemod.rules.zarr.support import constant, is_none

KEYS: Final = ("compressor", "filters")
MESSAGE: Final = "the encoding names codecs of zarr 3"
INSTEAD: Final = "'compressors': [zarr.codecs.BloscCodec(...)], 'filters': [...], with codecs of zarr 3"


def items(node: ast.Dict | ast.Call) -> list[tuple[object, ast.expr, ast.expr | ast.keyword]]:
    """The names and values of a dict, each with the node that names it."""
    if isinstance(node, ast.Call):
        return [(k.arg, k.value, k) for k in node.keywords]
    return [(constant(k), v, k) for k, v in zip(node.keys, node.values, strict=True) if k is not None]


def codecs_in_dict(context: Context, node: ast.Dict | ast.Call, *, is_passed: bool) -> Iterator[Draft]:
    """The edits of one dict: the codecs, sorted into those for arrays and those for bytes."""
    found = {name: (value, key) for name, value, key in items(node) if name in KEYS}
    if not found or "compressors" in {name for name, _, _ in items(node)}:
        return
    compressor, filters = (found.get(name, (None, None)) for name in KEYS)
    edits: list[Edit] = []
    checks: list[Translated] = []
    if filters[0] is not None and not is_none(filters[0]):
        made = translated(context, filters[0])
        if made is None:
            if is_passed:
                yield by_hand(filters[0])
            return
        arrays = [m for m in made if m.stage == "array"]
        checks = [m for m in made if m.stage != "array"]
        edits += [ReplaceExpression(filters[0], listed(arrays)), *imports(made)]
        if checks and compressor[0] is None:
            yield by_hand(filters[0])
            return
    if compressor[0] is not None and compressor[1] is not None:
        codecs = [] if is_none(compressor[0]) else translated(context, compressor[0])
        if codecs is None:
            if is_passed:
                yield from _unknown(node, compressor[0], compressor[1])
            return
        if not is_none(compressor[0]) or checks:
            edits += [ReplaceExpression(compressor[0], listed([*checks, *codecs])), *imports(codecs)]
        edits.append(renamed(compressor[1], node))
    if edits:
        applicability = (
            Applicability.SAFE if compressor[0] is not None and is_none(compressor[0]) else Applicability.REVIEW
        )
        yield Draft(node, MESSAGE, applicability, tuple(edits))


def _unknown(node: ast.Dict | ast.Call, value: ast.expr, key: ast.expr | ast.keyword) -> Iterator[Draft]:
    yield Draft(node, "the encoding calls it compressors", Applicability.REVIEW, (renamed(key, node),))
    yield by_hand(value)


def renamed(key: ast.expr | ast.keyword, node: ast.Dict | ast.Call) -> Edit:
    """Call a key of a dict `compressors`."""
    if isinstance(key, ast.keyword) and isinstance(node, ast.Call):
        return ChangeCall(node, rename=((key, "compressors"),))
    assert isinstance(key, ast.expr)
    return ReplaceExpression(key, Template('"compressors"'))


def by_hand(node: ast.expr) -> Draft:
    """A codec that is left to a person."""
    return Draft(node, "the codecs of an encoding are those of zarr 3", Applicability.MANUAL, instead=INSTEAD)


def translated(context: Context, node: ast.expr) -> list[Translated] | None:
    """The codecs of a list, or the one that there is; `None` where one of them is not known."""
    return each_translated(context, node.elts if isinstance(node, ast.List | ast.Tuple) else [node])


def each_translated(context: Context, given: Sequence[ast.expr]) -> list[Translated] | None:
    """Several codecs, to go into one template; `None` where one of them is not known."""
    made = [translate(context, e) for e in given]
    known = [m.numbered(f"k{i}") for i, m in enumerate(made) if m is not None]
    return known if len(known) == len(made) else None


def listed(made: list[Translated]) -> Template:
    """A list of codecs."""
    return Template(f"[{', '.join(m.text for m in made)}]", {k: v for m in made for k, v in m.holes.items()})


def imports(made: list[Translated]) -> list[Edit]:
    """The imports that codecs need."""
    return [i for m in made for i in m.imports]
