"""What a rule is, what it sees and what it answers with."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self, TypeAlias, TypeVar, cast

from al_codemod.finding import Applicability, Span, Unwanted
from al_codemod.rewrite.edits import AddImport, ChangeCall, Edit
from al_codemod.rules.carrying import Carrying
from al_codemod.rules.changes import Changes
from al_codemod.rules.following import Following
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.events import Event
from al_codemod.semantics.failing import Failing
from al_codemod.semantics.modules import Module
from al_codemod.semantics.places import Place, written_to
from al_codemod.semantics.program import Program
from al_codemod.semantics.returning import Returning
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import Location, Value
from al_codemod.semantics.zarr_values import PLAIN
from al_codemod.settings import Settings
from al_codemod.source.positions import Positions
from al_codemod.surface.kinds import Effect, Kind
from al_codemod.surface.zarr.marks import ZARR_3
from al_codemod.wanted import Wanted


@dataclass(slots=True)
class Draft:
    """What a rule proposes for one use: edits, or none and then what to write by hand.

    Drafts about a place are made together with all others of its group, or not at all.
    """

    node: ast.AST
    message: str
    applicability: Applicability
    edits: tuple[Edit, ...] = ()
    places: tuple[Place, ...] = ()
    instead: str = ""
    code: str = ""
    unwanted: Unwanted | None = None
    waits_for: "Draft | None" = None
    """A draft that is not made, without which this one would make no sense."""

    @property
    def is_idle(self) -> bool:
        """Whether the code is already as its edits would make it."""
        return bool(self.edits) and all(isinstance(edit, ChangeCall) and edit.is_empty for edit in self.edits)

    def is_made(self, settings: Settings) -> bool:
        """Whether the edits are made; to be asked only when all rules have had their say on the places."""
        if not self.edits or self.applicability is Applicability.MANUAL or any(p.blocked for p in self.places):
            return False
        if self.unwanted or self.waits_for is not None:
            return False
        return self.applicability is Applicability.SAFE or not settings.safe_only


UNLIKE: Final = frozenset({Kind.OTHER, Kind.ZARR_NODES})
"""What is no plain node, and may have members of the same names."""
NodeT = TypeVar("NodeT", bound=ast.AST)
Made = TypeVar("Made")
RuleFunction: TypeAlias = "Callable[[Context], Iterable[Draft]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is registered: its code, its name in kebab case, the table rows it covers and its example."""

    code: str
    name: str
    rows: tuple[str, ...]
    before: str
    after: str
    run: RuleFunction

    @property
    def explanation(self) -> str:
        return self.run.__doc__ or ""


RULES: Final[dict[str, Rule]] = {}
LAST_WORD: Final = "AL797"
"""Rules with this code or a higher one see what all others propose."""


def rule(code: str, name: str, *, rows: str, before: str, after: str) -> Callable[[RuleFunction], RuleFunction]:
    """Register a function as a rule. `rows` are entries of the facts tables, `before` and `after` its example."""

    def register(function: RuleFunction) -> RuleFunction:
        assert code not in RULES, f"{code} is taken"
        RULES[code] = Rule(code, name, tuple(rows.split()), before, after, function)
        return function

    return register


@dataclass(frozen=True, slots=True)
class Use:
    """A member of a V1 object that is accessed, and called where `call` is not `None`."""

    node: ast.Attribute
    call: ast.Call | None
    value: Value

    @property
    def site(self) -> ast.expr:
        return self.call or self.node


class Memo:
    """Keeps what is worked out of an object."""

    def once(self, make: "Callable[[Self], Made]") -> Made:
        """What `make` makes of this, made only once."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Made", self._made[make])

    @cached_property
    def _made(self) -> dict[object, object]:
        return {}


class Shared(Memo):
    """What the rules work out of the whole program, once for all of its modules."""

    def __init__(self, program: Program, examples: bool = False) -> None:
        self.program = program
        self.examples = examples
        self.withheld: dict[Place, Draft] = {}
        """Places that are left as they are because of a draft that is not wanted."""

    @cached_property
    def is_for_zarr_3(self) -> bool:
        """Whether a module says something that only zarr 3 understands, or may in what is not seen of it."""
        return self.examples or any(ZARR_3.search(module.text) for module in self.program.modules)

    @cached_property
    def carrying(self) -> Carrying:
        return Carrying(self.program)

    @cached_property
    def following(self) -> Following:
        return Following(self.program)

    @cached_property
    def returning(self) -> Returning:
        return Returning(self.program)

    @cached_property
    def unread(self) -> set[Place]:
        return self.returning.unread()

    @cached_property
    def failing(self) -> Failing:
        return Failing(self.program, self.returning)

    @cached_property
    def changes(self) -> Changes:
        return Changes(self.program, self.returning)

    def is_renewed_there(self, statement: ast.Return) -> bool:
        """Whether a `return` is written out because of a commit in it that another session follows."""
        sessions = self.program.sessions
        inside = {node for node in ast.walk(statement) if isinstance(node, ast.Call)}
        return any(e.effect is Effect.COMMIT and e.node in inside for e in sessions.emitted)

    @cached_property
    def roots(self) -> dict[Place, set[Place]]:
        """For each place those that opened its repo: itself, or the places whose repos and sessions are passed to it."""
        found = {
            place: set() if place.received and place.is_parameter else {place} for place in self.program.places.all
        }
        pairs = [pair for handed in self.program.sessions.handed.values() for pair in handed.items()]
        changed = True
        while changed:
            changed = False
            for inner, outer in pairs:
                news = found[outer] - found[inner] if inner.is_parameter else set()
                found[inner] |= news
                changed |= bool(news)
        return found

    @cached_property
    def repository_names(self) -> dict[Place, str]:
        """What each place's repository is called, where that is written in the program."""
        found: dict[Place, str] = {}
        for event, place in self.program.sessions.place.items():
            name = self._name_given(event.node) if event.effect is Effect.OPEN else None
            if name is not None:
                found[place] = self.program.refs.text_of(name) or ast.dump(name)
        return found

    def _name_given(self, node: ast.AST) -> ast.expr | None:
        """What names the repository that a call opens, or that one gives beside other things."""
        given = self.program.inference.several.given(node) if isinstance(node, ast.Name) else None
        if given is None:
            return node.args[0] if isinstance(node, ast.Call) and node.args else None
        function, origin = given
        inner = self._name_given(origin.node)
        statement = self.program.statement(node)
        for call in ast.walk(statement) if isinstance(inner, ast.Name) else ():
            if isinstance(call, ast.Call):
                passed = {at.name: value for at, value in bound_arguments(self.program.inference, call, function)}
                if any(v.node is function for v in self.program.of(call.func)):
                    return passed.get(inner.id, inner)  # type: ignore[union-attr]
        return inner

    @cached_property
    def committing(self) -> set[Place]:
        """The places that opened the repos which are committed to."""
        committers = {p for e, p in self.program.sessions.place.items() if e.effect is Effect.COMMIT}
        return {root for place in committers for root in self.roots[place]}


@dataclass
class Context(Memo):
    """What rules see of one module: it, the analysed program around it, and the questions that many of them ask."""

    program: Program
    settings: Settings
    source: Module
    shared: "Shared"
    wanted: Wanted
    imports: dict[tuple[str, str], str] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    """What has been proposed so far: the rules that have the last word look at it."""

    @property
    def scope(self) -> Scope:
        """The scope of the module."""
        return self.program.scopes[self.source.tree]

    @property
    def uses_arraylake(self) -> bool:
        """Whether the module has to do with arraylake: it imports that itself, or belongs to modules of which one does."""
        return self.program.inference.annotations.uses_arraylake

    # -- uses of V1 objects

    @cached_property
    def _uses(self) -> dict[tuple[Kind, str], list[Use]]:
        found: dict[tuple[Kind, str], list[Use]] = {}
        for node in self.nodes(ast.Attribute):
            parent = self.program.parents.get(node)
            call = parent if isinstance(parent, ast.Call) and parent.func is node else None
            values = self.program.of(node.value)
            if any(
                v.kind in UNLIKE for v in values
            ):  # what is of plain zarr here may be something else too, with such a member of its own
                values = frozenset(v for v in values if v.kind not in PLAIN)
            for value in sorted(values, key=self._order):
                found.setdefault((value.kind, node.attr), []).append(Use(node, call, value))
        return found

    def _order(self, value: Value) -> tuple[bool, int, int]:
        """Of several values that something may be, the one whose session is known stands for all: it waits for theirs."""
        at = value.origin.node if value.origin is not None else None
        return self.program.place_of(value) is None, getattr(at, "lineno", 0), getattr(at, "col_offset", 0)

    @cached_property
    def _nodes(self) -> dict[type[ast.AST], list[ast.AST]]:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in ast.walk(self.source.tree):
            found.setdefault(type(node), []).append(node)
        return found

    def nodes(self, kind: type[NodeT]) -> list[NodeT]:
        """Every node of one type, in the order of `ast.walk`."""
        return self._nodes.get(kind, [])  # type: ignore[return-value]

    def uses(self, kinds: Iterable[Kind], names: str) -> Iterator[Use]:
        """Every use of the members `names` (separated by blanks) of a value of one of `kinds`, once."""
        seen: set[ast.AST] = set()
        for kind in kinds:
            for name in names.split():
                for use in self._uses.get((kind, name), ()):
                    if use.node not in seen:
                        seen.add(use.node)
                        yield use

    def members(self, kinds: Iterable[Kind]) -> Iterator[Use]:
        """Every use of any member of a value of one of `kinds`."""
        for (kind, _), uses in self._uses.items():
            if kind in kinds:
                yield from uses

    def assigned(self, name: ast.Name) -> ast.expr | None:
        """What a name that is bound only once was bound to."""
        scope = self.program.scope(name).owner(name.id)
        if scope is None or scope.bindings.get(name.id) != 1:
            return None
        return next((v for t, v in self.assignments(name.id) if self.program.scope(t) is scope), None)

    def assignments(self, name: str) -> list[tuple[ast.Name, ast.expr | None]]:
        """Where a name is assigned to, in whatever scope, and what it gets there."""
        return self.once(_assignments).get(name, [])

    def loads(self, name: str) -> list[ast.Name]:
        """Where a name is read, in whatever scope."""
        return self.once(_loads).get(name, [])

    def event(self, node: ast.AST, *effects: Effect) -> Event | None:
        """The event at a node, of one of `effects` or of any."""
        for event in self.program.events_at.get(node, ()):
            if (not effects and event.effect is not Effect.CALL) or event.effect in effects:
                return event
        return None

    def places_of(self, node: ast.AST) -> Iterator[Place]:
        """The places of all repos that the receiver of a member or call may be."""
        receiver = written_to(node)
        for value in self.program.of(receiver):
            if value.is_repo or value.is_handle:
                yield from self.place(value)

    def place(self, value: Value) -> tuple[Place, ...]:
        place = self.program.place_of(value)
        return (place,) if place is not None else ()

    def is_made(self, draft: Draft) -> bool:
        """Whether the edits of a draft are made; to be asked only when all rules have had their say on the places."""
        return self.source.editable and draft.is_made(self.settings)

    def span(self, node: ast.AST) -> Span:
        """Where a node of this module is in the file."""
        return self.source.span(self.positions.span(node))

    @cached_property
    def positions(self) -> Positions:
        return Positions(self.source.text)

    def line_name(self, node: ast.AST) -> str:
        """How to speak of the line of a node of the program in a message about this module."""
        return self.program.line_name(node, self.source)

    def is_here(self, node: ast.AST) -> bool:
        """Whether a node is in this module."""
        return self.program.module(node) is self.source

    def events(self) -> Iterator[tuple[Event, Place]]:
        """The events of this module that are about a place."""
        found = list(self.program.sessions.place.items())
        return ((event, place) for event, place in found if self.is_here(event.node))

    def has_rivals(self, place: Place) -> bool:
        """Whether another repo object on the same repository commits too, so that commits have to be rebased."""
        names, roots = self.shared.repository_names, self.shared.roots[place]
        mine = {names[root] for root in roots if root in names}
        return any(names.get(rival) in mine for rival in self.shared.committing - roots)

    # -- names

    def module(self, dotted: str, node: ast.AST, member: str = "") -> tuple[str, tuple[AddImport, ...]]:
        """How a module (or a member of it) is called at `node`, and the import that this needs if it has none."""
        scope = self.program.scope(node)
        wanted = f"{dotted}.{member}" if member else dotted
        found = self.imported(wanted, scope, node)
        if found is not None:
            return found, ()
        key = (dotted, member)
        if key not in self.imports:
            usual = member or {"xarray": "xr", "numpy": "np"}.get(dotted, dotted)
            taken = self.taken_names(wanted) - {
                n for n, imported in self._for_types_only.values() if imported == wanted
            }
            around = scope.function
            hidden = not around.is_module and any(usual in s.bindings for s in around.walk())
            self.imports[key] = f"{usual.replace('.', '_')}_" if usual in taken or hidden else usual
        name = self.imports[key]
        return name, (AddImport(dotted, member, name),)

    def imported(self, dotted: str, scope: Scope, node: ast.AST | None = None) -> str | None:
        """The name that `dotted` is imported under for `node` in `scope`, at the top or in a function around it."""
        outer: Scope | None = scope
        while outer is not None:
            for name in outer.bindings:
                if scope.owner(name) is not outer or (outer, name) in self._for_types_only:
                    continue
                values = self.program.inference.outer.get(Location(outer, name), frozenset())
                if len(values) == 1 and next(iter(values)).name == dotted:
                    if node is None or outer.is_module or self.is_imported_before(name, outer, node):
                        return name
            outer = outer.parent
        return None

    def taken_names(self, wanted: str) -> set[str]:
        """The names that mean something else than what is `wanted` somewhere in the module."""
        module = self.scope
        found = {n for inner in module.walk() for n in inner.used if inner.owner(n) is None}
        for scope in module.walk():
            for name in scope.bindings:
                values = self.program.inference.outer.get(Location(scope, name), frozenset())
                if {v.name for v in values} != {wanted}:
                    found.add(name)
        return found

    def is_imported_before(self, name: str, scope: Scope, node: ast.AST) -> bool:
        """Whether an import in a function is sure to have run when `node` does."""
        around = {self.program.parents.get(a) for a in (node, *self.program.ancestors(node))}
        statements: list[ast.Import | ast.ImportFrom] = [*self.nodes(ast.Import), *self.nodes(ast.ImportFrom)]
        for statement in statements:
            names = {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
            if name in names and self.program.scope(statement) is scope:
                return self.program.parents.get(statement) in around and statement.lineno < getattr(node, "lineno", 0)
        return False

    @cached_property
    def _for_types_only(self) -> dict[tuple[Scope, str], tuple[str, str]]:
        """The names that only an import under `if TYPE_CHECKING:` binds, which code that runs cannot use."""
        found: dict[tuple[Scope, str], tuple[str, str]] = {}
        for condition in self.nodes(ast.If):
            test = (
                condition.test.attr if isinstance(condition.test, ast.Attribute) else getattr(condition.test, "id", "")
            )
            imports = [s for s in condition.body if isinstance(s, ast.Import | ast.ImportFrom)]
            for statement in imports if test == "TYPE_CHECKING" else ():
                scope = self.program.scope(statement)
                for alias in statement.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    package = f"{statement.module}." if isinstance(statement, ast.ImportFrom) else ""
                    if scope.bindings.get(name) == 1:
                        found[scope, name] = (name, f"{package}{alias.name}")
        return found


def _loads(context: Context) -> dict[str, list[ast.Name]]:
    """Where each name is read."""
    found: dict[str, list[ast.Name]] = {}
    for node in context.nodes(ast.Name):
        if isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, []).append(node)
    return found


def _assignments(context: Context) -> dict[str, list[tuple[ast.Name, ast.expr | None]]]:
    """The names that are assigned to, each with the places where they are and the value that they get there."""
    found: dict[str, list[tuple[ast.Name, ast.expr | None]]] = {}
    statements: list[ast.Assign | ast.AnnAssign] = [*context.nodes(ast.Assign), *context.nodes(ast.AnnAssign)]
    for statement in statements:
        for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append((target, statement.value))
    return found
