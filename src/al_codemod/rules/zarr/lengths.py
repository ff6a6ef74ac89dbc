"""How many dimensions an array has, where that can be read off how it is made."""

import ast
from collections.abc import Callable
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.semantics.arguments import argument

_FLAT: Final = frozenset({"numpy.arange", "numpy.linspace", "numpy.geomspace", "numpy.logspace", "range"})
_OF_SHAPE: Final = frozenset({"numpy.zeros", "numpy.ones", "numpy.empty", "numpy.full"})
_OF_VALUES: Final = frozenset({"numpy.array", "numpy.asarray"})
_SAME: Final = frozenset({"astype", "copy", "round"})


_SCALAR: Final = frozenset({"int", "uint", "float", "bool", "str", "datetime", "timedelta", "complex"})
_REDUCTIONS: Final = frozenset(
    "count_nonzero argmax argmin max min sum mean std var median prod ptp any all nanmax nanmin nanmean nansum".split()
)


def is_numpy(context: Context, node: ast.expr | None) -> bool:
    """Whether an expression is sure to be an array of numpy, by how it is made."""
    if isinstance(node, ast.Name):
        node = context.assigned(node)
    match node:
        case ast.Call():
            name = dotted(context, node.func)
            made = name in _FLAT | _OF_SHAPE | _OF_VALUES and name != "range"
            kept = isinstance(node.func, ast.Attribute) and node.func.attr in {*_SAME, "reshape"}
            return made or (kept and isinstance(node.func, ast.Attribute) and is_numpy(context, node.func.value))
        case ast.BinOp():
            return is_numpy(context, node.left) or is_numpy(context, node.right)
    return False


def is_numpy_scalar(context: Context, node: ast.expr) -> bool:
    """Whether an expression is sure to be one number of numpy: it is made so, or all of an array comes down to it."""
    if isinstance(node, ast.Name):
        node = context.assigned(node) or node
    if not isinstance(node, ast.Call) or any(k.arg == "axis" for k in node.keywords):
        return False
    name = dotted(context, node.func)
    if name.startswith("numpy."):
        function = name.removeprefix("numpy.")
        return function.rstrip("0123456789_") in _SCALAR or (function in _REDUCTIONS and len(node.args) == 1)
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in _REDUCTIONS and not node.args
    return is_method and isinstance(node.func, ast.Attribute) and is_numpy(context, node.func.value)


def is_simple(node: ast.expr) -> bool:
    """Whether an expression may be written twice: it does nothing."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name | ast.Constant)


def dimensions(context: Context, node: ast.expr | None) -> int | None:
    """The number of dimensions of an array or list, `None` where it is not seen."""
    if isinstance(node, ast.Name):
        node = context.assigned(node)
    match node:
        case ast.List() | ast.Tuple() if node.elts and not any(isinstance(e, ast.Starred) for e in node.elts):
            inner = dimensions(context, node.elts[0])
            return None if inner is None else inner + 1
        case ast.Constant(value=int() | float() | str() | bytes()) | ast.UnaryOp(operand=ast.Constant()):
            return 0
        case ast.BinOp():
            sides = [dimensions(context, node.left), dimensions(context, node.right)]
            return None if None in sides else max(s for s in sides if s is not None)
        case ast.Call():
            return _made(context, node)
    return None


def _made(context: Context, call: ast.Call) -> int | None:
    name = dotted(context, call.func)
    if name in _FLAT:
        return 1
    if name in _OF_SHAPE:
        return of_shape(context, argument(call, 0, "shape"))
    if name in _OF_VALUES:
        return dimensions(context, argument(call, 0, "object"))
    if isinstance(call.func, ast.Attribute) and not name.startswith("numpy."):
        if call.func.attr in _SAME:
            return dimensions(context, call.func.value)
        if call.func.attr == "reshape":
            return len(call.args) if len(call.args) > 1 else of_shape(context, argument(call, 0, "shape"))
    return None


def of_shape(context: Context, shape: ast.expr | None) -> int | None:
    """The number of dimensions of a shape."""
    if isinstance(shape, ast.Name):
        shape = context.assigned(shape)
    match shape:
        case ast.Constant(value=int()):
            return 1
        case ast.Tuple() | ast.List() if not any(isinstance(e, ast.Starred) for e in shape.elts):
            return len(shape.elts)
    return None


Length = tuple[str, dict[str, ast.expr]]
"""How to say a length: the text, and what is in its holes."""


def length(shape: ast.expr | None, data: ast.expr | None, dimension: int) -> Length | None:
    """The length of a dimension as it is written in a call, or asked of what is passed there."""
    if isinstance(shape, ast.Tuple) and dimension < len(shape.elts):
        written = shape.elts[dimension]
        return (f"{{n{dimension}}}", {f"n{dimension}": written}) if is_simple(written) else None
    if shape is not None and is_simple(shape):
        return f"{{shape}}[{dimension}]", {"shape": shape}
    if shape is None and data is not None and is_simple(data):
        return f"{{data}}.shape[{dimension}]", {"data": data}
    return None


def whole(sizes: list[ast.expr | None], free: bool, find: Callable[[int], Length | None]) -> Length | None:
    """Chunk sizes with those that are not given as long as the dimension; `free` where -1 says that."""
    parts: list[str] = []
    holes: dict[str, ast.expr] = {}
    for i, size in enumerate(sizes):
        found = (f"{{c{i}}}", {f"c{i}": size}) if size is not None else ("-1", {}) if free else find(i)
        if found is None:
            return None
        parts.append(found[0])
        holes |= found[1]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})", holes
