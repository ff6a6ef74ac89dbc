"""Handles: groups, arrays, stores and datasets that V1 kept alive across sessions, opened again on a new one."""

import ast
from functools import cached_property

from al_codemod.rewrite.edits import Edit, Template
from al_codemod.rules.anchors import Blocked, declaration
from al_codemod.rules.base import Context
from al_codemod.rules.reading import dataset_again
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.liveness import Liveness
from al_codemod.semantics.places import Place, written_repo
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import RefKind
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import NODES, Effect, Kind
from al_codemod.surface.members import MEMBERS
from al_codemod.surface.names import STORE_FUNCTIONS


class Unrepeatable(Blocked):
    """A handle is made in a way that cannot be repeated; the message says which."""


class Handles:
    """Finds the handles that a new session makes stale, and the code that makes them anew."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.behind: dict[tuple[Event, str], Value] = {}

    def refresh(self, event: Event, place: Place, session: str, writable: bool) -> tuple[list[Template], list[Edit]]:
        """The lines after a definition that open its live handles again, parents first."""
        if event.effect is Effect.OPEN:
            return [], []
        lines: list[Template] = []
        edits: list[Edit] = []
        for location, value in self.live(event, place):
            if value.kind is Kind.DATASET:
                line, needed = self.dataset(event, location, value, session)
            else:
                line, needed = self.node(location, value, event, session, writable)
            if line is not None:
                lines.append(line)
                edits += needed
        return lines, edits

    def live(self, event: Event, place: Place) -> list[tuple[Location, Value]]:
        """The variables that hold a handle of `place` and are read after `event`, oldest handle first."""
        scope = self.program.scope(event.node).function
        found: list[tuple[Location, Value]] = []
        environment = dict(self.program.environment(event.node))
        for location, values in self.program.inference.outer.items():
            seen = scope.owner(location.name) is location.scope and location.scope.function is not scope
            if seen or (location.is_attribute and place.home is not None and location.scope is place.home.scope):
                environment.setdefault(location, values)
        statement = self.program.statement(event.node)
        for location, values in environment.items():
            mine = [v for v in values if v.is_handle and v.origin in place.origins]
            if not mine or self.is_bound_by(location, statement) or not self.is_live(location, event):
                continue
            if len(values) > 1:
                raise Unrepeatable(f"`{location.name}` may hold more than one thing where the next session begins")
            if location.scope.is_comprehension:
                continue
            found.append((location, mine[0]))
        return sorted(found, key=lambda item: getattr(item[1].node, "lineno", 0))

    def is_bound_by(self, location: Location, statement: ast.stmt) -> bool:
        return isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == location.name for t in statement.targets
        )

    @cached_property
    def graph_of(self) -> dict[Scope, Graph]:
        return {graph.scope: graph for graph in self.program.graphs}

    def is_live(self, location: Location, event: Event) -> bool:
        graph = self.graph_of.get(
            location.scope.function if not location.is_attribute else self.program.scope(event.node).function
        )
        position = self.program.positions.get(event.node)
        if graph is None or position is None:
            return True
        if graph is not position[0]:
            return location.is_attribute or self.is_used_elsewhere(location)
        return Liveness(self.program.inference, graph, location).after(position[1], position[2])

    def is_used_elsewhere(self, location: Location) -> bool:
        return any(
            isinstance(node, ast.Name) and node.id == location.name and isinstance(node.ctx, ast.Load)
            for node in self.context.nodes(ast.Name)
        )

    def name(self, location: Location, event: Event) -> str:
        """How a handle is written where `event` is; one in an attribute hangs on the object that the repo hangs on."""
        if not location.is_attribute:
            return location.name
        place = self.program.sessions.place[event]
        owner = place.owner_in(self.program.scope(event.node), written_repo(event))
        if owner is None:
            raise Unrepeatable(f"`{location.name[1:]}` cannot be named here")
        return f"{owner}{location.name}"

    # -- how a handle is made again

    def node(
        self, location: Location, value: Value, event: Event, session: str, writable: bool
    ) -> tuple[Template | None, list[Edit]]:
        name = self.name(location, event)
        edits: list[Edit] = []
        scope = self.program.scope(event.node).function
        if not location.is_attribute and location.scope.function is not scope:
            edits += declaration(location.name, location.scope, scope)
        if value.kind is Kind.STORE:
            return Template(f"{name} = {session}.store"), edits
        if value.kind is Kind.ATTRS:
            if value.base is None:
                raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
            parent, holes, needed = self.open_again(name, value.base, session, writable, event)
            return Template(f"{name} = {parent}.attrs", holes), [*edits, *needed]
        text, holes, needed = self.open_again(name, value, session, writable, event)
        return Template(f"{name} = {text}", holes), [*edits, *needed]

    def open_again(
        self, name: str, value: Value, session: str, writable: bool, event: Event
    ) -> tuple[str, dict[str, ast.expr], list[Edit]]:
        """The expression that opens a group or array again, by its path from the root."""
        path = self.path(name, value)
        for part in path:
            if not self.is_repeatable(part, event):
                raise Unrepeatable(f"`{name}` is found by a name that may have changed since")
        zarr, imports = self.context.module("zarr", event.node)
        function = {Kind.GROUP: "open_group", Kind.ARRAY: "open_array"}.get(value.kind, "open")
        holes: dict[str, ast.expr] = {}
        argument_ = ""
        if path and all(isinstance(p, ast.Constant) for p in path):
            joined = "/".join(str(p.value).strip("/") for p in path if isinstance(p, ast.Constant))
            argument_ = f', path="{joined}"'
        elif len(path) == 1:
            holes = {"path": path[0]}
            argument_ = ", path={path}"
        elif path:
            parts = [
                str(p.value).strip("/").replace("{", "{{").replace("}", "}}")
                if isinstance(p, ast.Constant)
                else "{{" + self.program.segment(p) + "}}"
                for p in path
            ]
            argument_ = ', path=f"' + "/".join(parts) + '"'
        mode = "r" if not writable else "a" if not path else "r+"
        return f'{zarr}.{function}({session}.store{argument_}, mode="{mode}")', holes, list(imports)

    def is_repeatable(self, node: ast.expr, event: Event) -> bool:
        """Whether an expression means at `event` what it meant where it stands."""
        if isinstance(node, ast.Name):
            scope = self.program.scope(node).owner(node.id)
            here = self.program.scope(event.node).owner(node.id)
            return scope is not None and scope is here and scope.bindings.get(node.id) == 1
        return isinstance(node, ast.Constant)

    def path(self, name: str, value: Value) -> list[ast.expr]:
        """The path of a node, as the expressions that its parts were given by."""
        base, node = value.base, value.node
        if base is None or node is None:
            raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
        if isinstance(node, ast.Attribute) and node.attr == "root_group":
            return []
        if isinstance(node, ast.Subscript):
            return [*self.path(name, base), node.slice]
        if isinstance(node, ast.Attribute):
            return [*self.path(name, base), ast.Constant(node.attr)]
        if isinstance(node, ast.Call):
            return self.call_path(name, base, node)
        raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")

    def call_path(self, name: str, base: Value, node: ast.Call) -> list[ast.expr]:
        if isinstance(node.func, ast.Attribute) and (base.kind, node.func.attr) in MEMBERS and base.kind in NODES:
            child = argument(node, 0, "name") or argument(node, 0, "path")
            if child is None:
                raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
            return [*self.path(name, base), child]
        for callee in self.program.of(node.func):
            if callee.name in STORE_FUNCTIONS and base.kind is Kind.STORE:
                path = argument(node, 99, "path")
                return [] if path is None else [path]
        raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")

    # -- datasets

    def dataset(
        self, event: Event, location: Location, value: Value, session: str
    ) -> tuple[Template | None, list[Edit]]:
        """A lazy dataset keeps in memory what was read of it, so that only an untouched one may be opened again."""
        if event.effect in (Effect.COMMIT, Effect.NEW_BRANCH, Effect.RENEW):
            if not self.is_unchanged(value, event) and not self.is_loaded(location, event):
                self.behind[event, location.name] = value
            return None, []
        if self.is_unchanged(value, event):
            return None, []
        if value.name == "derived" or self.is_touched(location, value, event):
            raise Unrepeatable(
                f"`{location.name}` may have been read before, and would now show another commit in part"
            )
        found = dataset_again(self.context, value, session, event.node)
        if found is None:
            raise Unrepeatable(f"`{location.name}` is made in a way that cannot be repeated")
        template, edits = found
        return Template(f"{location.name} = {template.text}", template.holes), [*edits]

    def is_loaded(self, location: Location, event: Event) -> bool:
        """Whether a dataset was read into memory as a whole before `event`."""
        calls = (s.value for s in self.context.nodes(ast.Expr) if s.lineno < getattr(event.node, "lineno", 0))
        return any(
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "load"
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == location.name
            for call in calls
        )

    def is_unchanged(self, value: Value, event: Event) -> bool:
        """Whether main shows in a dataset what it showed when it was opened: nothing here writes to its group.

        Then it does not matter on which session it stands.
        """
        sessions = self.program.sessions
        place = sessions.place[event]
        while value.base is not None and value.base.kind is Kind.DATASET:
            value = value.base
        group = self.group(value.node)
        opened = self.context.event(value.node, Effect.READ) if value.node is not None else None
        if group is None or opened is None or event.effect is not Effect.CHECKOUT:
            return False
        refs = {*sessions.before[opened].refs, *sessions.after(event, sessions.before[event]).refs}
        if any(r.kind is not RefKind.BRANCH or r.node is not None for r in refs):
            return False
        writes = [e for e in place.events if e.effect in (Effect.WRITE, Effect.TOUCH, Effect.ESCAPE)]
        written = [self.group(e.node) for e in writes if e.value is None or e.value.kind is not Kind.DATASET]
        return all(w is not None and not _overlap(w, group) for w in written)

    def group(self, call: ast.AST | None) -> str | None:
        """The group that a call opens or writes, where it is a literal."""
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return None
        position = 0 if call.func.attr == "to_xarray" else 99
        return self.program.refs.text_of(argument(call, position, "group"))

    def is_touched(self, location: Location, value: Value, event: Event) -> bool:
        """Whether a dataset was used between its making and `event`; inside a loop it may always have been."""
        if value.node is None:
            return True
        start, end = getattr(value.node, "lineno", 0), getattr(event.node, "lineno", 0)
        looped = any(isinstance(a, ast.For | ast.While | ast.AsyncFor) for a in self.program.ancestors(event.node))
        used = any(
            node.id == location.name and isinstance(node.ctx, ast.Load) and start <= node.lineno <= end
            for node in self.context.nodes(ast.Name)
        )
        return used or looped or start > end


def _overlap(one: str, other: str) -> bool:
    """Whether one group is the other, or inside of it."""
    a, b = one.strip("/") + "/", other.strip("/") + "/"
    return a.startswith(b) or b.startswith(a)
