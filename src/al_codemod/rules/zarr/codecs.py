"""Codecs: what a numcodecs object is in zarr 3, and which keyword it is passed by."""

import ast
from dataclasses import dataclass, field

from al_codemod.rewrite.edits import AddImport, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.support import constant
from al_codemod.semantics.zarr_values import FORMAT_2
from al_codemod.surface.zarr.codecs import CODECS, DTYPE_PARAMETERS, NAMES, SHUFFLES, Codec, Stage
from al_codemod.surface.zarr.since import NUMCODECS

_ARGUMENTS = frozenset({"compressor", "filters"})


@dataclass
class Translated:
    """A codec in the words of zarr 3."""

    text: str
    stage: Stage
    holes: dict[str, ast.expr] = field(default_factory=dict)
    imports: tuple[AddImport, ...] = ()
    edits: tuple[Edit, ...] = ()

    def numbered(self, prefix: str) -> "Translated":
        """The same with other names for the holes, so that several fit into one template."""
        text = self.text
        for name in self.holes:
            text = text.replace(f"{{{name}}}", f"{{{prefix}{name}}}")
        holes = {f"{prefix}{name}": value for name, value in self.holes.items()}
        return Translated(text, self.stage, holes, self.imports, self.edits)


def codec_class(context: Context, node: ast.expr | None) -> str | None:
    """The class of numcodecs that an expression makes an object of, where that is seen."""
    if isinstance(node, ast.Name):
        node = context.assigned(node)
    return NAMES.get(dotted(context, node.func)) if isinstance(node, ast.Call) else None


def translate(context: Context, node: ast.expr) -> Translated | None:
    """A codec as zarr 3 has it: made anew where it is made in place, by its name where that is bound to one."""
    if isinstance(node, ast.Name):
        return _translate_name(context, node)
    if not isinstance(node, ast.Call):
        return None
    name = NAMES.get(dotted(context, node.func))
    codec = CODECS[name] if name is not None else None
    if codec is None or codec.stage is Stage.NONE:
        return None
    bound = _bound(codec, node)
    return _call(context, node, codec, bound) if bound is not None else None


def _translate_name(context: Context, node: ast.Name) -> Translated | None:
    """What a name stands for whose every use is as a codec, so that its definition can be translated."""
    found = _definition(context, node)
    return Translated("{name}", found[1].stage, {"name": node}, found[1].imports) if found is not None else None


def _definition(context: Context, node: ast.Name) -> tuple[ast.Call, Translated] | None:
    """The call that such a name is bound to, and what that is in zarr 3."""
    call = context.assigned(node)
    if not isinstance(call, ast.Call) or not all(is_codec_use(context, use) for use in _uses(context, node)):
        return None
    made = translate(context, call)
    return (call, made) if made is not None else None


def definitions(context: Context) -> dict[ast.Call, Translated]:
    """The codecs that are bound to a name and translated there."""
    return context.once(_definitions)


def _definitions(context: Context) -> dict[ast.Call, Translated]:
    uses = [n for n in context.nodes(ast.Name) if isinstance(n.ctx, ast.Load) and is_codec_use(context, n)]
    return dict(found for node in uses if (found := _definition(context, node)) is not None)


def _uses(context: Context, node: ast.Name) -> list[ast.Name]:
    owner = context.program.scope(node).owner(node.id)
    return [n for n in context.loads(node.id) if context.program.scope(n).owner(n.id) is owner]


def is_codec_use(context: Context, node: ast.expr) -> bool:
    """Whether an expression is passed as a codec, by a keyword or in a dict, to something that writes zarr's format 3."""
    child: ast.AST = node
    for parent in context.program.ancestors(node):
        match parent:
            case ast.List() | ast.Tuple():
                child = parent
            case ast.keyword():
                call = context.program.parents.get(parent)
                return parent.arg in _ARGUMENTS and isinstance(call, ast.Call) and not writes_format_2(context, call)
            case ast.Dict():
                keys = [constant(k) for k, v in zip(parent.keys, parent.values, strict=True) if v is child]
                return bool(keys) and keys[0] in _ARGUMENTS and not context.once(_has_format_2)
            case _:
                return False
    return False


def _has_format_2(context: Context) -> bool:
    """Whether xarray is told to write format 2 somewhere, so that a dict of codecs may be meant for that."""
    calls = (c for c in context.nodes(ast.Call) if isinstance(c.func, ast.Attribute) and c.func.attr == "to_zarr")
    return any(writes_format_2(context, call) for call in calls)


def writes_format_2(context: Context, call: ast.Call) -> bool:
    """Whether a call writes zarr's format 2, as it or its group says; that has the codecs of numcodecs in zarr 3 too."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if any(v.name == FORMAT_2 for v in context.program.of(receiver)):
        return True
    return asks_for_format_2(call)


def asks_for_format_2(call: ast.Call) -> bool:
    """Whether the keywords of a call ask for zarr's format 2."""
    return any(k.arg in {"zarr_version", "zarr_format"} and constant(k.value) == 2 for k in call.keywords)


def _bound(codec: Codec, node: ast.Call) -> dict[str, ast.expr] | None:
    """The arguments by the names of their parameters, `None` where they are not all seen."""
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return None
    if len(node.args) > len(codec.order):
        return None
    return dict(zip(codec.order, node.args, strict=False)) | {str(k.arg): k.value for k in node.keywords}


def codec_module(context: Context, codec: Codec, node: ast.expr) -> tuple[str, tuple[AddImport, ...]]:
    """Where the codec of zarr 3 is, as code: zarr has the wrappers of numcodecs only since they moved there from numcodecs."""
    if codec.new.startswith("numcodecs.") and not context.settings.has_zarr(NUMCODECS):
        return context.module("numcodecs", node, "zarr3")
    zarr, imports = context.module("zarr", node)
    return f"{zarr}.codecs{'.numcodecs' if codec.new.startswith('numcodecs.') else ''}", imports


def _call(context: Context, node: ast.Call, codec: Codec, bound: dict[str, ast.expr]) -> Translated | None:
    package, imports = codec_module(context, codec, node)
    parts: list[str] = []
    holes: dict[str, ast.expr] = {}
    needed: list[AddImport] = [*imports]
    for name in dict.fromkeys((*codec.defaults, *bound)):
        value = bound.get(name)
        if value is None:
            parts.append(f"{name}={codec.defaults[name]}")
        elif name == "shuffle":
            text = _shuffle(context, value)
            if text is None:
                return None
            parts += [f"shuffle={text}"] if text else []
        elif name in DTYPE_PARAMETERS:
            text, extra = _dtype(context, value, name)
            needed += extra
            parts.append(f"{name}={text}")
            holes |= {name: value} if "{" in text else {}
        else:
            parts.append(f"{name}={{{name}}}")
            holes[name] = value
    return Translated(
        f"{package}.{codec.new.rpartition('.')[2]}({', '.join(parts)})", codec.stage, holes, tuple(needed)
    )


def _shuffle(context: Context, value: ast.expr) -> str | None:
    """Blosc's `shuffle` as text: `""` where it is to be left out, `None` where it is not seen."""
    if constant(value) is not ...:
        return SHUFFLES.get(constant(value))
    name = value.attr if isinstance(value, ast.Attribute) else dotted(context, value).rpartition(".")[2]
    return SHUFFLES.get(name)


def _dtype(context: Context, value: ast.expr, name: str) -> tuple[str, tuple[AddImport, ...]]:
    """A data type as text, which metadata can hold."""
    if isinstance(constant(value), str):
        return f"{{{name}}}", ()
    package, _, scalar = dotted(context, value).rpartition(".")
    if package == "numpy" and scalar != "dtype":
        return f'"{scalar}"', ()
    numpy, imports = context.module("numpy", value)
    return f"{numpy}.dtype({{{name}}}).str", imports


def definition_edits(made: dict[ast.Call, Translated]) -> "list[tuple[ast.Call, tuple[Edit, ...]]]":
    """The edits of the definitions of codecs."""
    return [(node, (ReplaceExpression(node, Template(t.text, t.holes)), *t.imports)) for node, t in made.items()]
