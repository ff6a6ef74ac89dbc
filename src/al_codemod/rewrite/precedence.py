"""Which expression needs parentheses where."""

from enum import IntEnum

import libcst as cst


class Level(IntEnum):
    """How tightly an expression holds together; what a place asks for at least."""

    WALRUS = 0
    YIELD = 1
    TUPLE = 2
    TEST = 3
    OR = 4
    AND = 5
    NOT = 6
    COMPARISON = 7
    BIT_OR = 8
    BIT_XOR = 9
    BIT_AND = 10
    SHIFT = 11
    SUM = 12
    PRODUCT = 13
    FACTOR = 14
    POWER = 15
    AWAIT = 16
    PRIMARY = 17


_OPERATORS: dict[type[cst.CSTNode], Level] = {
    cst.BitOr: Level.BIT_OR,
    cst.BitXor: Level.BIT_XOR,
    cst.BitAnd: Level.BIT_AND,
    cst.LeftShift: Level.SHIFT,
    cst.RightShift: Level.SHIFT,
    cst.Add: Level.SUM,
    cst.Subtract: Level.SUM,
    cst.Multiply: Level.PRODUCT,
    cst.MatrixMultiply: Level.PRODUCT,
    cst.Divide: Level.PRODUCT,
    cst.FloorDivide: Level.PRODUCT,
    cst.Modulo: Level.PRODUCT,
    cst.Power: Level.POWER,
    cst.Or: Level.OR,
    cst.And: Level.AND,
}

_LEVELS: dict[type[cst.CSTNode], Level] = {
    cst.NamedExpr: Level.WALRUS,
    cst.GeneratorExp: Level.WALRUS,
    cst.Yield: Level.YIELD,
    cst.Tuple: Level.TUPLE,
    cst.Lambda: Level.TEST,
    cst.IfExp: Level.TEST,
    cst.Comparison: Level.COMPARISON,
    cst.Await: Level.AWAIT,
}

_PLACES: dict[type[cst.CSTNode], Level] = {
    cst.Attribute: Level.PRIMARY,
    cst.Call: Level.PRIMARY,
    cst.Subscript: Level.PRIMARY,
    cst.Await: Level.PRIMARY,
    cst.Comparison: Level.BIT_OR,
    cst.ComparisonTarget: Level.BIT_OR,
    cst.StarredElement: Level.BIT_OR,
    cst.StarredDictElement: Level.BIT_OR,
    cst.CompFor: Level.OR,
    cst.CompIf: Level.OR,
    cst.For: Level.TUPLE,
    cst.Return: Level.TUPLE,
    cst.Yield: Level.TUPLE,
    cst.AssignTarget: Level.TUPLE,
    cst.Del: Level.TUPLE,
    cst.Assign: Level.YIELD,
    cst.AugAssign: Level.YIELD,
    cst.AnnAssign: Level.YIELD,
    cst.Expr: Level.YIELD,
    cst.FormattedStringExpression: Level.YIELD,
}

_WALRUS_PLACES = (cst.Element, cst.Index, cst.If, cst.While, cst.MatchCase, cst.ListComp, cst.SetComp, cst.GeneratorExp)

_BRACKETED_PLACES = (
    cst.Arg,
    cst.DictElement,
    cst.StarredDictElement,
    cst.SubscriptElement,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.List,
    cst.Set,
    cst.Dict,
    cst.Parameters,
)


def level(expression: cst.BaseExpression) -> Level:
    """How tightly `expression`, with its own parentheses, holds together."""
    if expression.lpar:
        return Level.PRIMARY
    if isinstance(expression, cst.BinaryOperation | cst.BooleanOperation):
        return _OPERATORS[type(expression.operator)]
    if isinstance(expression, cst.UnaryOperation):
        return Level.NOT if isinstance(expression.operator, cst.Not) else Level.FACTOR
    return _LEVELS.get(type(expression), Level.PRIMARY)


def place(parent: cst.CSTNode, child: cst.CSTNode) -> Level:
    """The level that the place of `child` in `parent` asks for."""
    if isinstance(parent, cst.BinaryOperation | cst.BooleanOperation):
        return _operand(_OPERATORS[type(parent.operator)], is_left=child is parent.left)
    if isinstance(parent, cst.UnaryOperation):
        return Level.NOT if isinstance(parent.operator, cst.Not) else Level.FACTOR
    if isinstance(parent, cst.IfExp):
        return Level.TEST if child is parent.orelse else Level.OR
    if isinstance(parent, cst.Arg | cst.Index) and parent.star:
        return Level.BIT_OR
    return _PLACES.get(type(parent), Level.TEST)


def _operand(own: Level, is_left: bool) -> Level:
    """What an operand of a binary operation has to be: all but `**` group from the left."""
    if own is Level.POWER:
        return Level.AWAIT if is_left else Level.FACTOR
    return own if is_left else Level(own + 1)


def needs_parentheses(expression: cst.BaseExpression, parent: cst.CSTNode, child: cst.CSTNode) -> bool:
    """Whether `expression` must be parenthesised to stand where `child` stands in `parent`."""
    if expression.lpar:
        return False
    if isinstance(expression, cst.GeneratorExp):
        # The only argument of a call may do without, and does where the old one did.
        return not (isinstance(child, cst.GeneratorExp) and not child.lpar)
    if isinstance(expression, cst.NamedExpr):
        plain_argument = isinstance(parent, cst.Arg) and parent.keyword is None and not parent.star
        return not (plain_argument or isinstance(parent, _WALRUS_PLACES))
    if isinstance(expression, cst.Integer):
        return isinstance(parent, cst.Attribute)
    if isinstance(expression, cst.Lambda) and isinstance(parent, cst.FormattedStringExpression):
        return True
    return level(expression) < place(parent, child)


def is_bracketed(node: cst.CSTNode) -> bool:
    """Whether line breaks are free below `node`."""
    if isinstance(node, _BRACKETED_PLACES):
        return True
    opening = getattr(node, "lpar", None)
    return isinstance(opening, cst.LeftParen) or (isinstance(opening, list | tuple) and bool(opening))


def parenthesize(expression: cst.BaseExpression) -> cst.BaseExpression:
    """`expression` in one more pair of parentheses."""
    return expression.with_changes(lpar=[cst.LeftParen(), *expression.lpar], rpar=[*expression.rpar, cst.RightParen()])
