"""The client: arguments that are gone, that have another name, or that asked for a V1 repo."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall
from al_codemod.rules.arguments import drop_from, unpacked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.naming import dotted
from al_codemod.semantics.places import Place
from al_codemod.surface import client as surface
from al_codemod.surface.kinds import CLIENTS, Effect, Kind
from al_codemod.surface.names import CONSTRUCTORS

PURE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BoolOp, ast.Compare),
    *(ast.expr_context, ast.unaryop, ast.boolop, ast.cmpop),
)


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A call of a method of a client, or of its class; `skip` leading arguments are not for the method."""

    node: ast.Call
    method: str
    places: tuple[Place, ...]
    skip: int = 0

    @property
    def positional(self) -> list[ast.expr]:
        """The arguments that are passed by position."""
        return self.node.args[self.skip :]

    def keywords(self) -> Iterator[tuple[str, ast.keyword]]:
        """The keywords that are written out."""
        for keyword in self.node.keywords:
            if keyword.arg is not None:
                yield keyword.arg, keyword


def client_calls(context: Context) -> Iterator[ClientCall]:
    """Every call of a client's method under whatever name, `functools.partial` of one, and every call of its class."""
    for call in context.nodes(ast.Call):
        places = tuple(p for value in context.program.of(call) for p in context.place(value))
        method = _method(context, call.func)
        if method:
            yield ClientCall(call, method, places)
        elif call.args and dotted(context, call.func) == "functools.partial":
            made = _method(context, call.args[0])
            if made:
                yield ClientCall(call, made, places, 1)


def _method(context: Context, function: ast.expr) -> str:
    """The method of a client that `function` is sure to be, or the name of the client's class."""
    values = context.program.of(function)
    names = {v.name for v in values if v.kind is Kind.MEMBER and v.base is not None and v.base.kind in CLIENTS}
    names |= {v.name.rpartition(".")[2] for v in values if v.kind is Kind.NAME and v.name in CONSTRUCTORS}
    return names.pop() if len(names) == 1 and len(values) == 1 else ""


@rule(
    "AL101",
    "dead-client-keywords",
    rows="client.01 client.02 client.05 client.06 client.07 client.08 client.09 client.17 client.28 client.29 "
    "client.30 client.36",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo", checkout=False)
repo.delete_branch("dev")
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.delete_branch("dev")
""",
)
def dead_keywords(context: Context) -> Iterator[Draft]:
    """Keywords that the client no longer takes are dropped: `checkout=`, `read_only=`, `auth_org=`, `org=` of a login.

    A repository has no session of its own any more, so that there is nothing to check out when it is opened. Whether
    it may be written to is a matter of the session: where V1 was told `read_only=True`, the sessions that follow are
    read-only. A value that is computed is worth a look, and one whose computation may do something is left to a person.
    """
    for call in client_calls(context):
        for name, keyword in call.keywords():
            dead = surface.DEAD_KEYWORDS.get((call.method, name))
            if dead is not None:
                message = f"{name}= is gone: {dead.why}"
                certain = dead.certain
                if name == "read_only" and _may_be_refused(context, call, keyword.value):
                    message = "read_only= is gone: the session takes writes, also those that V1 may have refused"
                    certain = False
                yield _without(call, keyword, message, certain)
        gone = frozenset(k for m, k in surface.DEAD_KEYWORDS if m == call.method)
        edits = tuple(drop_from(unpacked(context, call.node), gone)) if gone else ()
        if edits:
            message = f"the keywords that are unpacked here bring {', '.join(sorted(gone))}, which is gone"
            yield Draft(call.node, message, Applicability.REVIEW, edits, call.places)


def _may_be_refused(context: Context, call: ClientCall, read_only: ast.expr) -> bool:
    """Whether V1 may have opened a repo for reading that now has a writable session."""
    if context.program.carried is not None:
        return not (isinstance(read_only, ast.Constant) and not read_only.value)
    if isinstance(read_only, ast.Constant):
        return False
    opening = context.event(call.node, Effect.OPEN)
    return opening is not None and context.program.sessions.is_writable(opening)


def _without(call: ClientCall, keyword: ast.keyword, message: str, certain: bool = True) -> Draft:
    if isinstance(keyword.value, ast.Constant) and certain:
        return Draft(keyword, message, Applicability.SAFE, (ChangeCall(call.node, drop=(keyword,)),), call.places)
    if all(isinstance(inner, PURE) for inner in ast.walk(keyword.value)):
        return Draft(keyword, message, Applicability.REVIEW, (ChangeCall(call.node, drop=(keyword,)),), call.places)
    for place in call.places:
        place.block(keyword, f"{keyword.arg}= is gone, and computing its value may do something")
    instead = f"drop {keyword.arg}= and keep what its value does"
    return Draft(keyword, message, Applicability.MANUAL, (), call.places, instead)


@rule(
    "AL102",
    "bucket-nickname",
    rows="client.14 client.15 client.16",
    before="""
from arraylake import Client

Client().create_repo("org/repo", "bucket")
""",
    after="""
from arraylake import Client

Client().create_repo("org/repo", bucket_config_nickname="bucket")
""",
)
def bucket_nickname(context: Context) -> Iterator[Draft]:
    """The bucket of a new repository is named by the keyword `bucket_config_nickname`.

    Early versions took it as `bucket_nickname=`, or as the second argument.
    """
    for call in client_calls(context):
        for i, positional in enumerate(call.positional):
            if isinstance(positional, ast.Starred):
                break
            if (new := surface.POSITIONAL.get((call.method, i))) is not None:
                edit = ChangeCall(call.node, rename=((positional, new),))
                yield Draft(positional, f"the bucket is given as {new}=", Applicability.SAFE, (edit,), call.places)
        for name, keyword in call.keywords():
            if (new := surface.RENAMED.get((call.method, name))) is not None:
                edit = ChangeCall(call.node, rename=((keyword, new),))
                yield Draft(keyword, f"{name}= is called {new}=", Applicability.SAFE, (edit,), call.places)


@rule(
    "AL103",
    "kind-of-repo",
    rows="client.18 client.19 types.16",
    before="""
from arraylake import Client

Client().create_repo("org/repo", kind="icechunk")
""",
    after="""
from arraylake import Client

Client().create_repo("org/repo")
""",
)
def kind(context: Context) -> Iterator[Draft]:
    """Every repository is an Icechunk one, so that there is no `kind=` to ask for.

    Where V1 was asked for by name, the code now makes an Icechunk repository: look whether that is meant.
    """
    for call in client_calls(context):
        keyword = next((k for name, k in call.keywords() if name == "kind"), None)
        if keyword is None or call.method not in surface.REPO_METHODS:
            continue
        value = keyword.value
        asked = value.value if isinstance(value, ast.Constant) else dotted(context, value)
        edit = ChangeCall(call.node, drop=(keyword,))
        if asked in surface.KIND_OF_ICECHUNK:
            yield Draft(keyword, "every repository is an Icechunk one", Applicability.SAFE, (edit,), call.places)
        elif asked in surface.KIND_OF_V1:
            message = "this asked for a V1 repo and now makes an Icechunk repository"
            yield Draft(keyword, message, Applicability.REVIEW, (edit,), call.places)
        else:
            yield _without(call, keyword, "kind= is gone: every repository is an Icechunk one")
