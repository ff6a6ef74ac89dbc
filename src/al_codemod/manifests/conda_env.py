"""`environment.yml`: the packages of conda, and those of its pip section."""

from collections.abc import Iterator

from al_codemod.manifests.conda_spec import parse_spec
from al_codemod.manifests.insertion import add_item
from al_codemod.manifests.located import ESCAPED, Located, Replacement, Syntax, line_break, line_end, line_start
from al_codemod.manifests.pep508 import parse
from al_codemod.manifests.yaml_spans import Scalar, scalars


def locate(path: str, text: str) -> Iterator[Located]:
    """The requirements of an environment, the Python among them."""
    if "dependencies" not in text:
        return  # another file of that name, perhaps a template, which need not even be YAML
    for scalar in scalars(path, text):
        match scalar.path:
            case ("dependencies", int()):
                yield from _item(text, scalar, Syntax.CONDA)
            case ("dependencies", int(), "pip", int()):
                yield from _item(text, scalar, Syntax.PEP440)


def _item(text: str, scalar: Scalar, syntax: Syntax) -> Iterator[Located]:
    start, end = scalar.inner
    parsed = parse_spec(text, start, end) if syntax is Syntax.CONDA else parse(text, start, end)
    if parsed is None:
        return
    # Within brackets a comma would end a scalar that has no quotes.
    quote = scalar.style or ('"' if scalar.in_flow else "")

    def render(constraint: str) -> Replacement:
        new = text[start : parsed.name_end] + parsed.rewritten(text, constraint) + text[parsed.end : end]
        return Replacement(scalar.start, scalar.end, f"{quote}{new}{quote}")

    def add(name: str, constraint: str) -> tuple[Replacement, ...]:
        marker = text[parsed.end : end] if parsed.marker else ""
        item = f"{quote}{name}{constraint}{marker}{quote}"
        if scalar.in_flow:
            return add_item(text, scalar.start, scalar.end, item)
        stop = line_end(text, scalar.end)
        bullet = text[line_start(text, scalar.start) : scalar.start]
        return (Replacement(stop, stop, f"{line_break(text)}{_like(bullet)}{item}"),)

    problem = "" if scalar.is_plain(text) else ESCAPED
    place, group = (scalar.start, scalar.end), str(scalar.path[:-1])
    yield parsed.located(place, render, add, group, syntax=syntax, problem=problem)


def _like(bullet: str) -> str:
    """What stands before an item, without what may stand before the dash of the first one, as in `- pip: [`."""
    dash = bullet.rfind("-")
    return " " * dash + bullet[dash:] if dash >= 0 else bullet
