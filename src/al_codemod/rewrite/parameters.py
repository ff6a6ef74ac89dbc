"""Add parameters to the signature of a function and leave the rest of its text alone."""

from collections.abc import Sequence

import libcst as cst

from al_codemod.rewrite.edits import AddParameter


def with_parameters(param: cst.Param, added: Sequence[AddParameter]) -> list[cst.Param]:
    """A parameter and those that are put behind it, on its line; or those alone, where they take its place."""
    separator = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    first = param.with_changes(comma=separator, whitespace_after_param=cst.SimpleWhitespace(""))
    *others, last = [_parameter(edit, param).with_changes(comma=separator) for edit in added]
    last = last.with_changes(comma=param.comma, whitespace_after_param=param.whitespace_after_param)
    return [*([] if added[0].in_place else [first]), *others, last]


def _parameter(edit: AddParameter, neighbour: cst.Param) -> cst.Param:
    annotation = cst.Annotation(cst.parse_expression(edit.annotation)) if edit.annotation else None
    if not edit.default:
        return cst.Param(cst.Name(edit.name), annotation)
    tight = cst.SimpleWhitespace("" if annotation is None else " ")
    equal = neighbour.equal if isinstance(neighbour.equal, cst.AssignEqual) else cst.AssignEqual(tight, tight)
    return cst.Param(cst.Name(edit.name), annotation, equal, cst.parse_expression(edit.default))
