"""Change the arguments of a call and leave the rest of its text alone."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import libcst as cst

from al_codemod.rewrite.edits import ChangeCall, Template
from al_codemod.rewrite.errors import ConflictError
from al_codemod.rewrite.layout import Layout, commas, take_apart
from al_codemod.rewrite.pair_expressions import call_arguments
from al_codemod.rewrite.precedence import parenthesize
from al_codemod.rewrite.templates import Fetch, fill_expression


@dataclass(slots=True)
class CallChange:
    """What several `ChangeCall`s want of one call, but for its function and values: those are expressions."""

    node: ast.Call
    first: list[Template] = field(default_factory=list)
    drop: set[int] = field(default_factory=set)
    rename: dict[int, str] = field(default_factory=dict)
    add: dict[str, Template] = field(default_factory=dict)
    insert: dict[int, list[Template]] = field(default_factory=dict)

    def merge(self, edit: ChangeCall) -> None:
        """Take in one more edit of the same call."""
        self.first.extend(new for new in edit.first if new not in self.first)
        self.drop.update(map(id, edit.drop))
        for argument, name in edit.rename:
            if self.rename.setdefault(id(argument), name) != name:
                raise ConflictError(f"an argument is to be called both {self.rename[id(argument)]} and {name}")
        for name, value in edit.add:
            self.add.setdefault(name, value)
        for argument, value in edit.insert:
            known = self.insert.setdefault(id(argument), [])
            known += [value] if value not in known else []


def change_call(original: cst.Call, updated: cst.Call, change: CallChange, fetch: Fetch) -> cst.Call:
    """`updated`, the call with its parts edited already, with other arguments."""
    sources = [id(argument) for argument, _ in call_arguments(change.node, original.args)]
    args = list(_renamed(updated.args, sources, change))
    dropped = {id(arg) for arg, source in zip(args, sources, strict=True) if source in change.drop}
    kept = [arg for arg in args if id(arg) not in dropped]
    layout = take_apart(
        args, updated.whitespace_before_args, lambda arg: arg.comma, lambda arg: arg.whitespace_after_arg
    )
    present = {arg.keyword.value for arg in kept if arg.keyword is not None}
    style = _equal_style(updated.args)
    for name, template in change.add.items():
        if name not in present:
            value = fill_expression(template, fetch, bracketed=True)
            layout.append(_argument(value, name, style), before=_first_double_star(layout))
    for arg, source in zip(args, sources, strict=True):
        for template in reversed(change.insert.get(source, ())):
            index = next(i for i, item in enumerate(layout.items) if item.node is arg)
            layout.append(_argument(fill_expression(template, fetch, bracketed=True)), before=index + 1)
    for template in reversed(change.first):
        layout.append(_argument(fill_expression(template, fetch, bracketed=True)), before=0)
    layout.drop(lambda arg: id(arg) in dropped)
    if any(arg.keyword is None and not arg.star for arg in _after_keyword(layout)):
        layout.order(lambda arg: arg.keyword is not None or arg.star == "**")
    return _put_together(updated, layout)


def _renamed(args: Sequence[cst.Arg], sources: Sequence[int], change: CallChange) -> Iterable[cst.Arg]:
    style = _equal_style(args)
    for arg, source in zip(args, sources, strict=True):
        name = change.rename.get(source)
        if name is None:
            # A copy, so that the same node given twice is still two arguments.
            yield arg.with_changes()
        else:
            equal = arg.equal if arg.keyword is not None else style
            yield arg.with_changes(keyword=cst.Name(name), equal=equal, value=_own_parentheses(arg.value))


def _argument(value: cst.BaseExpression, name: str = "", equal: cst.AssignEqual | None = None) -> cst.Arg:
    if not name:
        return cst.Arg(value)
    if isinstance(value, cst.NamedExpr) and not value.lpar:
        value = parenthesize(value)
    return cst.Arg(value, keyword=cst.Name(name), equal=equal or _TIGHT)


def _own_parentheses(value: cst.BaseExpression) -> cst.BaseExpression:
    """A walrus or a generator needs parentheses of its own as the value of a keyword."""
    bare = isinstance(value, cst.NamedExpr | cst.GeneratorExp) and not value.lpar
    return parenthesize(value) if bare else value


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _equal_style(args: Sequence[cst.Arg]) -> cst.AssignEqual:
    """How the call writes `=`: as its last keyword has it."""
    styles = [arg.equal for arg in args if isinstance(arg.equal, cst.AssignEqual)]
    return styles[-1] if styles else _TIGHT


def _first_double_star(layout: Layout[cst.Arg]) -> int | None:
    """The index of the first of the trailing `**` arguments."""
    index = len(layout.items)
    while index and layout.items[index - 1].node.star == "**":
        index -= 1
    return index if index < len(layout.items) else None


def _after_keyword(layout: Layout[cst.Arg]) -> list[cst.Arg]:
    nodes = [item.node for item in layout.items]
    first = next((i for i, arg in enumerate(nodes) if arg.keyword is not None or arg.star == "**"), len(nodes))
    return nodes[first:]


def _put_together(call: cst.Call, layout: Layout[cst.Arg]) -> cst.Call:
    if not layout.items:
        return call.with_changes(args=(), whitespace_before_args=layout.tail)
    args: list[cst.Arg] = []
    for arg, comma, behind in commas(layout):
        value = (
            _own_parentheses(arg.value)
            if len(layout.items) > 1 and isinstance(arg.value, cst.GeneratorExp)
            else arg.value
        )
        args.append(arg.with_changes(value=value, comma=comma, whitespace_after_arg=behind))
    return call.with_changes(args=args, whitespace_before_args=layout.items[0].gap)
