"""Settings that mean nothing any more: keys of `arraylake.config`, and environment variables."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import (
    AddImport,
    ChangeCall,
    Edit,
    RemoveImport,
    ReplaceExpression,
    ReplaceStatement,
    Template,
)
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.literals import without
from al_codemod.rules.naming import dotted
from al_codemod.surface.config import ENVIRONMENT, V3_SWITCH, DeadKey, dead_key, dead_variable

CONFIG = "arraylake.config"
SETTERS = frozenset({"os.environ.setdefault", "os.putenv", "os.environ.pop", "os.unsetenv"})
GETTERS = frozenset({"os.environ.get", "os.getenv"})
PATCHES = frozenset({"setenv", "delenv"})


@rule(
    "AL521",
    "obsolete-settings",
    rows="imports.13 imports.14 imports.15",
    before="""
from arraylake import Client, config

config.set({"service.uri": "https://api.example.org", "s3.endpoint_url": "http://localhost:9000"})
""",
    after="""
from arraylake import Client, config

config.set({"service.uri": "https://api.example.org"})
""",
)
def settings(context: Context) -> Iterator[Draft]:
    """Settings of the V1 chunk store, of its sessions and commits, have no effect and are dropped.

    Those whose purpose something else serves now, such as the size up to which chunks are inline, are left for a
    person, and so is what the program asks `config.get` for. Settings of the service, of tokens and of logging stay.
    """
    asked = {key for call, key in _asked(context) if key}
    for call in context.nodes(ast.Call):
        if dotted(context, call.func) == f"{CONFIG}.set":
            yield from Setting(context, call, asked).drafts()
    for call, key in _asked(context):
        found = dead_key(key)
        if found is not None:
            instead = found.instead or f"do not ask for it: {found.why}"
            yield Draft(
                call, f"nothing but this program knows the setting {key}", Applicability.MANUAL, instead=instead
            )


def _asked(context: Context) -> list[tuple[ast.Call, str]]:
    """Each `config.get` with its key."""
    calls = [c for c in context.nodes(ast.Call) if c.args and dotted(context, c.func) == f"{CONFIG}.get"]
    return [
        (c, c.args[0].value) for c in calls if isinstance(c.args[0], ast.Constant) and isinstance(c.args[0].value, str)
    ]


class Setting:
    """One `config.set(...)`: as a statement, or as a context."""

    def __init__(self, context: Context, call: ast.Call, asked: set[str]) -> None:
        self.context = context
        self.call = call
        self.asked = asked
        self.table = call.args[0] if call.args and isinstance(call.args[0], ast.Dict) else None
        self.dead: list[tuple[ast.expr | ast.keyword, str, DeadKey]] = []
        for i, key in enumerate(self.table.keys if self.table is not None else ()):
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and self.table is not None:
                self.note(key, key.value, self.table.values[i])
        for keyword in call.keywords:
            if keyword.arg is not None:
                self.note(keyword, keyword.arg.replace("__", "."), keyword.value)

    def note(self, node: ast.expr | ast.keyword, key: str, value: ast.expr) -> None:
        """Remember a key that is dead, or a table with nothing but dead keys in it."""
        inside = [key]
        if isinstance(value, ast.Dict):
            inside = [
                f"{key}.{k.value}" for k in value.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)
            ] or [key]
        found = [row for name in inside if (row := dead_key(name)) is not None]
        kept = next((row for row in found if row.instead), None)
        if found and len(found) == len(inside):
            self.dead.append((node, key, kept or found[0]))

    def is_dropped(self, key: str, row: DeadKey) -> bool:
        """Whether a dead key goes: nobody has to think about it, and the program does not ask for it."""
        return not row.instead and not any(k == key or k.startswith(f"{key}.") for k in self.asked)

    def drafts(self) -> Iterator[Draft]:
        """A draft for each dead key; their edits are the same."""
        dropped = {node for node, key, row in self.dead if self.is_dropped(key, row)}
        edits = tuple(self.edits(dropped)) if dropped else ()
        for node, key, row in self.dead:
            if node in dropped:
                yield Draft(node, f"the setting {key} has no effect: {row.why}", Applicability.REVIEW, edits)
            elif row.instead:
                yield Draft(node, f"the setting {key} has no effect", Applicability.MANUAL, instead=row.instead)

    def edits(self, dropped: set[ast.expr | ast.keyword]) -> Iterator[Edit]:
        """The edits that take keys out, or the whole call."""
        keys = self.table.keys if self.table is not None else []
        left = len(keys) + len(self.call.args[1:]) + len(self.call.keywords) - len(dropped)
        if self.call.args and self.table is None:
            left += 1
        if not left:
            yield from self.nothing()
            return
        if self.table is not None and dropped.intersection(k for k in keys if k is not None):
            if all(key in dropped for key in keys):
                yield ChangeCall(self.call, drop=(self.table,))
            else:
                yield ReplaceExpression(self.table, without(self.context, self.table, lambda i: keys[i] in dropped))
        keywords = tuple(k for k in self.call.keywords if k in dropped)
        if keywords:
            yield ChangeCall(self.call, drop=keywords)

    def nothing(self) -> Iterator[Edit]:
        """The edits where no setting is left."""
        parent = self.context.program.parents.get(self.call)
        if isinstance(parent, ast.Expr):
            yield ReplaceStatement(parent)
        elif isinstance(parent, ast.withitem) and parent.optional_vars is None:
            contextlib, needed = self.context.module("contextlib", self.call)
            yield ReplaceExpression(self.call, Template(f"{contextlib}.nullcontext()"))
            yield from needed
        else:
            yield ReplaceExpression(self.call, Template("{function}({{}})", {"function": self.call.func}))


@rule(
    "AL522",
    "obsolete-environment",
    rows="store.05 imports.14",
    before="""
import os

os.environ["ZARR_V3_EXPERIMENTAL_API"] = "1"
""",
    after="""
""",
)
def environment(context: Context) -> Iterator[Draft]:
    """Zarr 3 needs no switch for its third format, so that `ZARR_V3_EXPERIMENTAL_API` is no longer set.

    The same goes for the variables that set the V1 chunk store, such as `ARRAYLAKE_S3__ENDPOINT_URL`.
    """
    yield from _assigned(context)
    yield from _called(context)
    yield from _in_tables(context)


def _draft(node: ast.AST, name: str, edit: Edit | None, is_safe: bool = True) -> Draft:
    message = f"{name} has no effect: {dead_variable(name)}"
    if edit is None:
        return Draft(
            node, message, Applicability.MANUAL, instead="nothing sets it any more; leave out what depends on it"
        )
    is_safe &= name == ENVIRONMENT
    return Draft(node, message, Applicability.SAFE if is_safe else Applicability.REVIEW, (edit,))


def _assigned(context: Context) -> Iterator[Draft]:
    """`os.environ[...] = ...`, `del os.environ[...]`, and the switch inside of zarr 2."""
    for node in context.nodes(ast.Subscript):
        name = _text(node.slice)
        if dotted(context, node.value) != "os.environ" or not dead_variable(name):
            continue
        statement = context.program.statement(node)
        match statement:
            case ast.Assign(targets=[target]) | ast.Delete(targets=[target]) if target is node:
                yield _draft(node, name, ReplaceStatement(statement))
            case _:
                yield _draft(node, name, None)
    for attribute in context.nodes(ast.Attribute):
        if dotted(context, attribute) == V3_SWITCH:
            statement = context.program.statement(attribute)
            message = "zarr 3 has the format that this switched on"
            if isinstance(statement, ast.Assign) and statement.targets == [attribute]:
                edits = (ReplaceStatement(statement), *_without_module(context, attribute))
                yield Draft(attribute, message, Applicability.SAFE, edits)
            else:
                yield Draft(attribute, message, Applicability.MANUAL, instead="leave out what depends on it")


def _without_module(context: Context, attribute: ast.Attribute) -> Iterator[Edit]:
    """The end of `import zarr._storage.store`, a module that zarr 3 has not, where it is for the switch alone."""
    module = V3_SWITCH.rpartition(".")[0]
    if any(dotted(context, a).startswith(f"{module}.") and a is not attribute for a in context.nodes(ast.Attribute)):
        return
    for statement in context.nodes(ast.Import):
        for alias in statement.names:
            if alias.name == module and alias.asname is None:
                yield RemoveImport(statement, alias)
                if any(n.id == "zarr" and n not in ast.walk(attribute) for n in context.nodes(ast.Name)):
                    yield AddImport("zarr", "", "zarr")


def _called(context: Context) -> Iterator[Draft]:
    """`os.environ.setdefault(...)`, `os.getenv(...)`, `monkeypatch.setenv(...)` and their like."""
    for call in context.nodes(ast.Call):
        name = _text(call.args[0]) if call.args else ""
        if not name or not dead_variable(name):
            continue
        function = dotted(context, call.func)
        patches = isinstance(call.func, ast.Attribute) and call.func.attr in PATCHES and not function
        statement = context.program.parents.get(call)
        if (function in SETTERS or patches) and isinstance(statement, ast.Expr):
            yield _draft(call, name, ReplaceStatement(statement))
        elif function in SETTERS or function in GETTERS or patches:
            yield _draft(call, name, None)


def _in_tables(context: Context) -> Iterator[Draft]:
    """Keys of a dict of variables: of `os.environ.update`, of a process that is started, of an image that is built."""
    for table in context.nodes(ast.Dict):
        dead = [i for i, key in enumerate(table.keys) if key is not None and dead_variable(_text(key))]
        if not dead:
            continue
        call = context.program.parents.get(table)
        statement = context.program.parents.get(call) if call is not None else None
        edit: Edit
        if len(dead) == len(table.keys) and _is_update(context, call) and isinstance(statement, ast.Expr):
            edit = ReplaceStatement(statement)
        else:
            edit = ReplaceExpression(table, without(context, table, lambda i, dead=dead: i in dead))  # type: ignore[misc]
        is_safe = all(_text(table.keys[i]) == ENVIRONMENT for i in dead)
        for i in dead:
            yield _draft(table.keys[i] or table, _text(table.keys[i]), edit, is_safe)
    for call in context.nodes(ast.Call):
        keywords = tuple(k for k in call.keywords if k.arg and dead_variable(k.arg))
        if not keywords or not (_is_update(context, call) or dotted(context, call.func) in ("", "dict")):
            continue
        parent = context.program.parents.get(call)
        alone = len(keywords) == len(call.keywords) and not call.args and isinstance(parent, ast.Expr)
        for keyword in keywords:
            change = (
                ReplaceStatement(parent) if alone and isinstance(parent, ast.Expr) else ChangeCall(call, drop=keywords)
            )
            yield _draft(keyword, keyword.arg or "", change)


def _is_update(context: Context, call: ast.AST | None) -> bool:
    if not isinstance(call, ast.Call) or dotted(context, call.func) != "os.environ.update":
        return False
    return len(call.args) + len(call.keywords) == 1 or not call.args


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
