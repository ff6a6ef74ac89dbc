"""Expressions that may or may not be evaluated, written out as `if` statements so that a session can follow inside."""

import ast
from collections.abc import Sequence

from al_codemod.rewrite.edits import ReplaceStatement, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.semantics.program import Program


def unfold(program: Program, node: ast.expr, inner: Template | None, after: Sequence[Template]) -> ReplaceStatement:
    """The statement of `node` with the condition that `node` hangs on written out.

    `inner` stands for `node` where it is evaluated (`None` leaves it out), `after` follows it there. Covers
    `a and node`, `a or node` and `node if a else b`, as a statement or as the value of an assignment. Raises `Blocked` for
    anything else.
    """
    statement = program.statement(node)
    match statement:
        case ast.Expr(value=ast.BoolOp() as value) if _is_last(value, node):
            return ReplaceStatement(statement, (_block(_condition(value), _lines(inner, after)),))
        case ast.Expr(value=ast.IfExp() as value):
            return ReplaceStatement(statement, (_choice(value, node, "", inner, after),))
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BoolOp() as value) if _is_last(value, node):
            first = _chain(value.values[:-1], value.op)
            negated = "" if isinstance(value.op, ast.And) else "not "
            assigned = _assigned(name, inner)
            lines = (
                Template(f"{name} = {first.text}", first.holes),
                _block(Template(f"{negated}{name}"), _lines(assigned, after)),
            )
            return ReplaceStatement(statement, lines)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.IfExp() as value):
            return ReplaceStatement(statement, (_choice(value, node, name, inner, after),))
    raise Blocked("it is in an expression that may not be evaluated; write it as a statement of its own")


def _is_last(value: ast.BoolOp, node: ast.expr) -> bool:
    return value.values[-1] is node


def _assigned(name: str, inner: Template | None) -> Template | None:
    if inner is None or not name:
        return inner
    return Template(f"{name} = {inner.text}", inner.holes)


def _lines(inner: Template | None, after: Sequence[Template]) -> list[Template]:
    return [*([inner] if inner is not None else []), *after] or [Template("pass")]


def _chain(values: Sequence[ast.expr], operator: ast.boolop) -> Template:
    word = " and " if isinstance(operator, ast.And) else " or "
    return Template(word.join(f"{{c{i}}}" for i in range(len(values))), {f"c{i}": v for i, v in enumerate(values)})


def _condition(value: ast.BoolOp) -> Template:
    chain = _chain(value.values[:-1], value.op)
    if isinstance(value.op, ast.And):
        return chain
    text = f"not {chain.text}" if len(value.values) == 2 else f"not ({chain.text})"
    return Template(text, chain.holes)


def _block(condition: Template, lines: Sequence[Template], word: str = "if") -> Template:
    header = f"{word} {condition.text}:" if word == "if" else f"{word}:"
    return block(Template(header, condition.holes), lines)


def _choice(value: ast.IfExp, node: ast.expr, name: str, inner: Template | None, after: Sequence[Template]) -> Template:
    if node not in (value.body, value.orelse):
        raise Blocked("it is in an expression that may not be evaluated; write it as a statement of its own")
    other = value.orelse if node is value.body else value.body
    here = _lines(_assigned(name, inner), after)
    there = (
        [] if not name and isinstance(other, ast.Constant) else [_assigned(name, Template("{other}", {"other": other}))]
    )
    elsewhere = [t for t in there if t is not None]
    test = Template("{test}", {"test": value.test})
    if node is value.orelse and not elsewhere:
        return _block(Template("not {test}", test.holes), here)
    first, second = (here, elsewhere) if node is value.body else (elsewhere, here)
    then = _block(test, first)
    if not second:
        return then
    rest = _block(Template(""), second, "else")
    return Template(f"{then.text}\n{rest.text}", {**then.holes, **rest.holes})


def block(header: Template, lines: Sequence[Template]) -> Template:
    """A header such as `if x:` with lines below it."""
    holes = dict(header.holes)
    for line in lines:
        holes |= line.holes
    return Template(f"{header.text}\n{indented([line.text for line in lines])}", holes)


def indented(lines: Sequence[str]) -> str:
    """Lines as the suite of a compound statement."""
    return "\n".join("    " + line.replace("\n", "\n    ") for line in lines)
