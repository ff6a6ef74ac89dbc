"""Python code that names requirements: `setup()`, the images of cloud services, commands, a script's own metadata.

Only literal strings are looked at, where they stand or in a list that the module gives a name to.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from al_codemod.manifests import shell
from al_codemod.manifests.conda_spec import parse_spec
from al_codemod.manifests.insertion import add_item
from al_codemod.manifests.located import ESCAPED, PYTHON, AddSibling, Located, Replacement, Syntax
from al_codemod.manifests.pep508 import parse
from al_codemod.manifests.toml_files import locate_script
from al_codemod.source.check import check_syntax
from al_codemod.source.offsets import Offsets

# Functions and methods whose arguments are requirements.
_FUNCTIONS: Final = {
    "pip_install": Syntax.PEP440,
    "uv_pip_install": Syntax.PEP440,
    "install": Syntax.PEP440,
    "add_python_packages": Syntax.PEP440,
    "conda_install": Syntax.CONDA,
    "micromamba_install": Syntax.CONDA,
}
# Arguments, and keys of dictionaries, whose values are requirements.
_NAMES: Final = {
    "install_requires": Syntax.PEP440,
    "setup_requires": Syntax.PEP440,
    "tests_require": Syntax.PEP440,
    "extras_require": Syntax.PEP440,
    "pip": Syntax.PEP440,
    "packages": Syntax.PEP440,
    "pip_packages": Syntax.PEP440,
    "python_packages": Syntax.PEP440,
    "requirements": Syntax.PEP440,
    "dependencies": Syntax.CONDA,
    "conda": Syntax.CONDA,
    "conda_packages": Syntax.CONDA,
}
_AMBIGUOUS: Final = frozenset("install packages requirements dependencies conda".split())
"""Names that other things than requirements have too: only what states a version is one for sure."""
# Functions that are told a Python, and by which arguments.
_PYTHONS: Final = {
    ("setup", "python_requires"): Syntax.PEP440,
    ("debian_slim", "python_version"): Syntax.RELEASE,
    ("micromamba", "python_version"): Syntax.RELEASE,
    ("from_registry", "add_python"): Syntax.RELEASE,
    ("from_dockerfile", "add_python"): Syntax.RELEASE,
    ("ImageSpec", "python_version"): Syntax.RELEASE,
}
_COMMANDS: Final = frozenset(
    "run_commands system run call check_call check_output Popen getoutput dockerfile_commands".split()
)
_TOKEN: Final = re.compile(r"[rRuU]?(?P<quotes>\"\"\"|'''|\"|')(?P<content>.*)(?P=quotes)", re.DOTALL)
_SCRIPT: Final = re.compile(r"(?m)^# /// script[ \t]*\r?$\s(?P<block>(?:^#(?: .*)?\r?\n)+?)^# ///[ \t]*\r?$")


def locate(path: str, text: str) -> Iterator[Located]:
    """The requirements in a Python source; raise `SourceError` when it does not parse."""
    yield from _Reader(text, check_syntax(path, text)).locate()
    yield from _metadata(path, text)


class _Reader:
    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.tree = tree
        self.offsets = Offsets(text)
        self.seen: set[ast.AST] = set()
        self.assigned: dict[str, list[ast.expr]] = {}
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                    if isinstance(target, ast.Name):
                        self.assigned.setdefault(target.id, []).append(statement.value)

    def locate(self) -> Iterator[Located]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield from self.call(node)
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield from self.named(key.value, value)

    def call(self, call: ast.Call) -> Iterator[Located]:
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if function in _FUNCTIONS:
            for argument in call.args:
                group = f"{call.lineno}:{call.col_offset}"
                found = self.requirements(argument, _FUNCTIONS[function], group)
                yield from _certain(function, found)
        elif function in _COMMANDS:
            for argument in call.args:
                yield from self.command(argument)
            yield from self.words(call.args, call)
        for keyword in call.keywords:
            if (function, keyword.arg) in _PYTHONS:
                yield from self.python(keyword.value, _PYTHONS[function, keyword.arg or ""])
            elif keyword.arg is not None:
                yield from self.named(keyword.arg, keyword.value)

    def named(self, name: str, value: ast.expr) -> Iterator[Located]:
        if name in _NAMES and not isinstance(value, ast.Constant):
            found = self.requirements(value, _NAMES[name], f"{value.lineno}:{value.col_offset}")
            yield from _certain(name, found)

    def requirements(self, value: ast.expr, syntax: Syntax, group: str) -> Iterator[Located]:
        """The literal strings that an expression is made of."""
        if value in self.seen:
            return
        self.seen.add(value)
        match value:
            case ast.Constant(value=str()):
                yield from self.requirement(value, syntax, group)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                for item in items:
                    yield from self.requirements(item, syntax, f"{value.lineno}:{value.col_offset}")
            case ast.Dict(keys=keys, values=items):
                for key, item in zip(keys, items, strict=True):
                    if not (isinstance(key, ast.Constant) and key.value in _NAMES):
                        yield from self.requirements(item, syntax, group)
            case ast.BinOp(op=ast.Add()):
                yield from self.requirements(value.left, syntax, group)
                yield from self.requirements(value.right, syntax, group)
            case ast.Starred():
                yield from self.requirements(value.value, syntax, group)
            case ast.Name():
                for assigned in self.assigned.get(value.id, ()):
                    yield from self.requirements(assigned, syntax, group)

    def requirement(self, node: ast.Constant, syntax: Syntax, group: str) -> Iterator[Located]:
        text, (start, end) = self.text, self.offsets.span(node)
        token = _TOKEN.fullmatch(text, start, end)
        if token is None:
            return
        inner = token.span("content")
        parsed = parse_spec(text, *inner) if syntax is Syntax.CONDA else parse(text, *inner)
        if parsed is None:
            return
        quotes = token["quotes"]

        def render(constraint: str) -> Replacement:
            return Replacement(parsed.name_end, parsed.end, parsed.rewritten(text, constraint))

        def add(name: str, constraint: str) -> tuple[Replacement, ...]:
            marker = text[parsed.end : inner[1]] if parsed.marker else ""
            return add_item(text, start, end, f"{quotes}{name}{constraint}{marker}{quotes}")

        problem = "" if token["content"] == node.value else ESCAPED
        yield parsed.located((start, end), render, add, group, syntax=syntax, problem=problem)

    def python(self, value: ast.expr, syntax: Syntax) -> Iterator[Located]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value not in self.seen:
            self.seen.add(value)
            token = _TOKEN.fullmatch(self.text, *self.offsets.span(value))
            if token is not None and token["content"] == value.value:
                start, end = token.span("content")
                yield Located(
                    PYTHON, value.value, start, end, syntax, lambda constraint: Replacement(start, end, constraint)
                )

    def command(self, argument: ast.expr) -> Iterator[Located]:
        """What a command installs that is one string, or a list of words."""
        if isinstance(argument, ast.List | ast.Tuple):
            yield from self.words(argument.elts, argument)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            token = _TOKEN.fullmatch(self.text, *self.offsets.span(argument))
            if token is not None and token["content"] == argument.value:
                quote = "'" if token["quotes"][0] == '"' else '"'
                yield from shell.locate(self.text, *token.span("content"), quote=quote)

    def words(self, items: list[ast.expr], whole: ast.expr) -> Iterator[Located]:
        """What a command installs whose words are items of a list, or arguments."""
        places = [self.word(item) for item in items]
        yield from shell.locate_words(self.text, places, f"{whole.lineno}:{whole.col_offset}")

    def word(self, item: ast.expr) -> tuple[int, int]:
        """The place of a word, without the quotes when it is a literal string."""
        token = _TOKEN.fullmatch(self.text, *self.offsets.span(item)) if isinstance(item, ast.Constant) else None
        return token.span("content") if token else self.offsets.span(item)


def _certain(name: str, found: Iterable[Located]) -> Iterator[Located]:
    """What is a requirement for sure in a list: all of it, if its name says so or any of it states a version."""
    located = list(found)
    if name not in _AMBIGUOUS or any(item.constraint for item in located):
        yield from located


def _metadata(path: str, text: str) -> Iterator[Located]:
    """The metadata of a script, which is TOML in comments (PEP 723)."""
    found = _SCRIPT.search(text)
    if found is None:
        return
    start, end = found.span("block")
    blank = re.sub(r"[^\r\n]", " ", text[:start])
    block = re.sub(r"(?m)^#", " ", text[start:end])
    for located in locate_script(path, blank + block):
        yield replace(located, add=_item_in_comment(text, located) if located.add is not None else None)


def _item_in_comment(text: str, located: Located) -> AddSibling:
    quote = text.rfind('"', 0, located.start) > text.rfind("'", 0, located.start)
    mark = '"' if quote else "'"
    end = text.index(mark, located.end) + 1

    def add(name: str, constraint: str) -> tuple[Replacement, ...]:
        return (Replacement(end, end, f", {mark}{name}{constraint}{mark}"),)

    return add
