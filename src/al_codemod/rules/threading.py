"""Sessions that cross calls: parameters that take them, arguments that pass them, and results that give them back."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import (
    AddParameter,
    ChangeCall,
    Edit,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
)
from al_codemod.rules.anchors import Blocked, function_start
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.received import by_statement, handing
from al_codemod.rules.receiving import Statements
from al_codemod.semantics.arguments import parameter_defaults
from al_codemod.semantics.handovers import handovers
from al_codemod.semantics.parts import Part
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.surface.kinds import Effect

Handed: TypeAlias = Mapping[Place, Place]
_TAKES = "take the session with the repo, since the function goes on with the session of its caller"


@rule(
    "AL211",
    "session-parameter",
    rows="",
    before="""
from arraylake import Client


def add(repo, name):
    repo.root_group.create_group(name)


repo = Client().get_repo("org/repo")
add(repo, "levels")
repo.commit("add levels")
""",
    after="""
import zarr
from arraylake import Client


def add(repo, session, name):
    zarr.open_group(session.store, mode="a").create_group(name)


repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
add(repo, session, "levels")
session.commit("add levels")
""",
)
def session_parameter(context: Context) -> Iterator[Draft]:
    """A function that goes on with the session of its caller takes that session as a parameter.

    In V1 the session came along inside of the repo. A function that writes what its caller commits, or that is called with
    uncommitted changes, must not open a session of its own: what is written there would be lost.
    """
    for event, place in context.events():
        if event.effect is not Effect.RECEIVE or isinstance(event.node, ast.Call):
            continue
        if not isinstance(event.node, ast.arg):
            yield lifted_parameter(event.node, place)
            continue
        if place in context.program.workers.replaced or place in context.shared.unread:
            continue
        if isinstance(event.node, Part):
            place.block(
                event.node, f"the repo is a part of `{event.node.whole.arg}`, without its session; pass it by itself"
            )
            yield Draft(event.node, _TAKES, Applicability.SAFE, (), (place,))
            continue
        function = event.scope.node
        assert isinstance(function, FUNCTIONS)
        seen = place in context.program.sessions.calls.fed
        message = _TAKES if seen else f"{_TAKES}; callers that are not seen here have to pass theirs"
        annotation, imports = annotation_for(context, event.node)
        has_default = event.node.arg in dict(parameter_defaults(function))
        if annotation and has_default:
            annotation += " | None"
        edit = AddParameter(event.node, parameter_name(place), annotation, "None" if has_default else "")
        applicability = Applicability.SAFE if seen else Applicability.REVIEW
        yield Draft(event.node, message, applicability, (edit, *imports, *keep(place)), (place,))


def lifted_parameter(function: ast.AST, place: Place) -> Draft:
    """The parameter of a function that is passed the session of a repo which comes to it inside of an object."""
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    edits = tuple(AddParameter(after, place.session) for after in function.args.args[:1])
    message = "take the session, which is not kept with the repo that the function uses"
    return Draft(function, message, Applicability.REVIEW, edits, (place,))


def parameter_name(place: Place) -> str:
    """What the parameter is called that a session comes in by."""
    if place.is_parameter or place.function is None:
        return place.session
    return place.function.free_name([place.session.strip("_")])


def keep(place: Place) -> Iterator[Edit]:
    """An object that keeps its repo keeps the session as well."""
    if not place.is_parameter and place.function is not None:
        session = place.session_in(place.function)
        yield function_start(place.function).insert(Template(f"{session} = {parameter_name(place)}"))


def annotation_for(context: Context, parameter: ast.arg, kind: str = "Session") -> tuple[str, tuple[Edit, ...]]:
    """The annotation of a session beside, or in place of, a repo: one where the repo has one."""
    if parameter.annotation is None:
        return "", ()
    name, imports = context.module("icechunk", parameter)
    return f"{name}.{kind}", imports


@rule(
    "AL212",
    "session-argument",
    rows="",
    before="""
from arraylake import Client


def add(repo, name):
    repo.root_group.create_group(name)


def main(repo):
    add(repo=repo, name="levels")
    repo.commit("add levels")


main(Client().get_repo("org/repo"))
""",
    after="""
import zarr
from arraylake import Client


def add(repo, session, name):
    zarr.open_group(session.store, mode="a").create_group(name)


def main(repo):
    session = repo.writable_session(branch="main")
    add(repo=repo, name="levels", session=session)
    session.commit("add levels")


main(Client().get_repo("org/repo"))
""",
)
def session_argument(context: Context) -> Iterator[Draft]:
    """A call passes the session beside the repo, and goes on with the one that the function gives back, if it does."""
    for (call, function), handed in context.shared.once(handing).items():
        if not context.is_here(call) or call in context.program.workers.work:
            continue
        statement = context.program.statement(call)
        places = tuple(dict.fromkeys((*handed, *handed.values())))
        message = "pass the session with the repo"
        if not handed:
            places = tuple(context.shared.returning.of(context.program.inference.scopes[function]))
            message = "leave alone the session that the function gives back, which is that of a repo of its own"
        try:
            edits = [*arguments(context, call, function, handed), *context.once(Statements).edits(statement)]
            if not edits and all(place in context.shared.unread for place in handed):
                continue
        except Blocked as reason:
            places[0].block(call, str(reason))
            edits = []
        given = [place for other in context.once(by_statement).get(statement, ()) for place in other.places]
        for place in given:
            place.join(places[0])  # one statement keeps all of their sessions
        if edits or handed or any(p.blocked for p in places):
            yield Draft(call, message, Applicability.SAFE, tuple(edits), (*places, *given))


def arguments(context: Context, call: ast.Call, function: ast.AST, handed: Handed) -> Iterator[Edit]:
    """The sessions that a call passes."""
    program = context.program
    for inner, outer in handed.items():
        if inner.lifts_from is not None:
            yield lifted_argument(context, call, function, inner, outer)
    by_parameter = {o.node: (inner, outer) for inner, outer in handed.items() for o in inner.origins}
    for parameter, value in handovers(program.inference, call, function):
        if parameter not in by_parameter:
            continue
        inner, outer = by_parameter[parameter]
        if inner in context.shared.unread:
            continue
        named = outer.session_in(program.scope(call), value)
        if named is None:
            raise Blocked("the session has no name where the repo is passed on; give the repo a variable first")
        if program.inference.calling.is_deferred(call) and not isinstance(program.parents[call], ast.Await):
            raise Blocked("the function is called through another one, and may run later; await it where it is called")
        if inner in program.workers.replaced:
            keyword = next((k for k in call.keywords if k.value is value), None)
            rename = ((keyword, inner.session),) if keyword is not None else ()
            yield ChangeCall(call, rename=rename, replace=((keyword or value, Template(named)),))
        elif any(k.value is value for k in call.keywords):
            yield ChangeCall(call, add=((parameter_name(inner), Template(named)),))
        else:
            yield ChangeCall(call, insert=((value, Template(named)),))


def lifted_argument(context: Context, call: ast.Call, function: ast.AST, inner: Place, outer: Place) -> Edit:
    """The session that a call passes to a function which takes it without a repo."""
    named = outer.session_in(context.program.scope(call))
    if named is None:
        raise Blocked("the session has no name where the function is called")
    session = Template(named)
    if context.program.inference.calling.skipped(function, call):
        return ChangeCall(call, first=(session,))
    if call.args and not isinstance(call.args[0], ast.Starred):
        return ChangeCall(call, insert=((call.args[0], session),))
    return ChangeCall(call, add=((inner.session, session),))


@rule(
    "AL213",
    "session-result",
    rows="",
    before="""
from arraylake import Client


def save(repo, message):
    repo.commit(message)


repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
save(repo, "add levels")
repo.root_group.create_group("times")
save(repo, "add times")
""",
    after="""
import zarr
from arraylake import Client


def save(repo, session, message):
    session.commit(message)
    session = repo.writable_session(branch="main")
    return session


repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
session = save(repo, session, "add levels")
zarr.open_group(session.store, mode="a").create_group("times")
session = save(repo, session, "add times")
""",
)
def session_result(context: Context) -> Iterator[Draft]:
    """A function that commits or checks out returns the session that its callers are to go on with.

    V1 kept the next session inside of the repo. It is returned after what the function returned before.
    """
    returning = context.shared.returning
    for function in returning.functions():
        if not context.is_here(function.node):
            continue
        places = tuple(returning.of(function))
        edits: tuple[Edit, ...] = ()
        try:
            edits = tuple(result_edits(context, function, [p.session for p in places]))
            if not edits:
                continue  # its only `return` is written out with the calls in it
        except Blocked as reason:
            places[0].block(function.node, str(reason))
        if not edits and not places[0].blocked:
            continue  # each way out is a commit, which is written out together with what it returns
        seen = any(place in context.program.sessions.calls.fed for place in places)
        applicability = Applicability.SAFE if seen else Applicability.REVIEW
        node = next(o.node for o in places[0].origins)
        yield Draft(node, "give back the session that the function has opened", applicability, edits, places)


def yield_edits(
    context: Context, function: ast.FunctionDef | ast.AsyncFunctionDef, names: Sequence[str], kind: str
) -> Iterator[Edit]:
    """The edits by which a context manager gives its sessions to the bodies of `with` statements."""
    node = context.program.inference.managers.yield_of(function)
    statement = context.program.parents.get(node) if node is not None else None
    if node is None or node.value is None or not isinstance(statement, ast.Expr):
        raise Blocked("the context manager yields nothing that the session could come along with")
    yield ReplaceStatement(statement, (Template(f"yield {{value}}, {', '.join(names)}", {"value": node.value}),))
    match function.returns:
        case ast.Subscript(slice=ast.expr() as given):
            name, imports = context.module("icechunk", function)
            sessions = ", ".join(f"{name}.{kind}" for _ in names)
            parts = given.elts if isinstance(given, ast.Tuple) else [given]
            yield ReplaceExpression(parts[0], Template(f"tuple[{{value}}, {sessions}]", {"value": parts[0]}))
            yield from imports
        case ast.expr():
            raise Blocked("the annotation of the context manager does not say what it yields")


def result_edits(context: Context, function: Scope, names: Sequence[str], kind: str = "Session") -> Iterator[Edit]:
    """The edits by which a function returns its sessions, which it names so; `kind` is their class in icechunk."""
    returning, node = context.shared.returning, function.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise Blocked("a lambda cannot give a session back; write a function")
    if node in context.program.yielding:
        yield from yield_edits(context, node, names, kind)
        return
    if any(
        isinstance(n, ast.Yield | ast.YieldFrom)
        for n in ast.walk(node)
        if context.program.scope(n).function is function
    ):
        raise Blocked(
            "a generator cannot give a session back; pass it a function that commits, or commit where it is used"
        )
    given = ", ".join(names)
    valued = returning.gives_value(function)
    for statement in returning.returns(function):
        if statement.value is None or not valued:
            value = "None, " if valued else ""
            yield ReplaceStatement(statement, (Template(f"return {value}{given}"),))
        elif not context.shared.is_renewed_there(statement) and statement not in context.once(by_statement):
            yield ReplaceStatement(statement, (Template(f"return {{value}}, {given}", {"value": statement.value}),))
    if returning.falls_through(function):
        value = "None, " if valued else ""
        yield InsertStatements(node.body[-1], Where.AFTER, (Template(f"return {value}{given}"),))
    if node.returns is not None:
        name, imports = context.module("icechunk", node)
        sessions = ", ".join(f"{name}.{kind}" for _ in names)
        text = f"tuple[{{value}}, {sessions}]" if valued else sessions if ", " not in sessions else f"tuple[{sessions}]"
        yield ReplaceExpression(node.returns, Template(text, {"value": node.returns} if valued else {}))
        yield from imports
