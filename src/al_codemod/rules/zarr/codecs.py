"""Codecs: what a numcodecs object is in zarr 3, and which keyword it is passed by."""

import ast
from dataclasses import dataclass, field

from al_codemod.rewrite.edits import AddImport, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.codec_flow import ARGUMENTS, callees, elements, is_codec, is_codec_use, is_handed_on, sources
from al_codemod.rules.zarr.support import constant
from al_codemod.rules.zarr.written import written
from al_codemod.surface.zarr.codecs import CODECS, DTYPE_PARAMETERS, NAMES, SHUFFLES, Codec, Stage
from al_codemod.surface.zarr.since import NUMCODECS


@dataclass
class Translated:
    """A codec in the words of zarr 3."""

    text: str
    stage: Stage
    holes: dict[str, ast.expr] = field(default_factory=dict)
    imports: tuple[AddImport, ...] = ()
    may_be_none: bool = False

    def numbered(self, prefix: str) -> "Translated":
        """The same with other names for the holes, so that several fit into one template."""
        text = self.text
        for name in self.holes:
            text = text.replace(f"{{{name}}}", f"{{{prefix}{name}}}")
        holes = {f"{prefix}{name}": value for name, value in self.holes.items()}
        return Translated(text, self.stage, holes, self.imports, self.may_be_none)


def codec_class(context: Context, node: ast.expr | None) -> str | None:
    """The class of numcodecs that an expression makes an object of, where that is seen."""
    made = written(context, node)
    return NAMES.get(dotted(context, made.func)) if isinstance(made, ast.Call) else None


def translate(context: Context, node: ast.expr) -> Translated | None:
    """A codec as zarr 3 has it: made anew where it is made in place, by its name where that is bound to one."""
    if isinstance(node, ast.Call) and dotted(context, node.func) in NAMES:
        return _made(context, node)
    found = sources(context, node)
    calls = [n for n in found or () if isinstance(n, ast.Call)]
    made = [_made(context, call) for call in calls]
    stages = {m.stage for m in made if m is not None}
    if len(stages) != 1 or None in made:
        return None
    if all(is_codec_use(context, call) for call in calls):
        return Translated("{name}", stages.pop(), {"name": node}, may_be_none=len(calls) < len(found or ()))
    # It is used for something else too, so that another one is made here.
    only = made[0] if len(made) == 1 and found == calls else None
    return only if only is not None and all(isinstance(h, ast.Constant) for h in only.holes.values()) else None


def _made(context: Context, node: ast.Call) -> Translated | None:
    """What a codec that is made here is in zarr 3."""
    name = NAMES.get(dotted(context, node.func))
    codec = CODECS[name] if name is not None else None
    if codec is None or codec.stage is Stage.NONE:
        return None
    bound = _bound(codec, node)
    return _call(context, node, codec, bound) if bound is not None else None


def several(context: Context, node: ast.expr) -> list[Translated] | None:
    """The codecs of a list that has a name, all of them for arrays, which are made as codecs of zarr 3 in that list."""
    found = elements(context, node, ()) if isinstance(node, ast.Name | ast.Attribute) else None
    calls = [n for n in found or () if isinstance(n, ast.Call)]
    if not calls or len(calls) < len(found or ()) or not all(is_codec_use(context, call) for call in calls):
        return None
    made = [_made(context, call) for call in calls]
    if any(m is None or m.stage is not Stage.ARRAY for m in made):
        return None
    return [Translated("*{name}", Stage.ARRAY, {"name": node})]


def definitions(context: Context) -> dict[ast.Call, Translated]:
    """The codecs that are made in one place and passed in another, and translated where they are made."""
    return context.once(_definitions)


def _definitions(context: Context) -> dict[ast.Call, Translated]:
    found: dict[ast.Call, Translated] = {}
    for call in context.nodes(ast.Call):
        if is_codec(context, call) and not _is_passed(context, call) and is_codec_use(context, call):
            made = _made(context, call)
            if made is not None:
                found[call] = made
    return found


def _is_passed(context: Context, call: ast.Call) -> bool:
    """Whether a codec is made where it is passed."""
    parent = context.program.parents.get(call)
    if isinstance(parent, ast.List | ast.Tuple):
        parent = context.program.parents.get(parent)
    if isinstance(parent, ast.keyword):
        around = context.program.parents.get(parent)
        if parent.arg not in ARGUMENTS or not isinstance(around, ast.Call):
            return False
        functions = callees(context, around)
        return not functions or is_handed_on(context, parent, functions)
    if isinstance(parent, ast.Assign):
        return any(isinstance(t, ast.Subscript) and constant(t.slice) in ARGUMENTS for t in parent.targets)
    return isinstance(parent, ast.Dict) and is_dict_of_arguments(parent, call)


def is_dict_of_arguments(node: ast.Dict, value: ast.expr) -> bool:
    """Whether a dict has a codec by the name of an argument."""
    around = [k for k, v in zip(node.keys, node.values, strict=True) if value in ast.walk(v)]
    return bool(around) and constant(around[0]) in ARGUMENTS


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
