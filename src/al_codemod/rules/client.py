"""The client: arguments that are gone, that have another name, or that asked for a V1 repo."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Template
from al_codemod.rules.arguments import drop_from, unpacked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.naming import dotted
from al_codemod.semantics.places import Place
from al_codemod.surface import client as surface
from al_codemod.surface.kinds import CLIENTS, Kind
from al_codemod.surface.names import CONSTRUCTORS

PURE = (ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.expr_context, ast.unaryop, ast.boolop, ast.cmpop)


@dataclass(frozen=True, slots=True)
class ClientCall:
    """A call of a method of a client, or of its class; `skip` leading arguments are not for the method."""

    node: ast.Call
    method: str
    places: tuple[Place, ...]
    skip: int = 0

    @property
    def positional(self) -> list[ast.expr]:
        return self.node.args[self.skip :]

    def keywords(self) -> Iterator[tuple[str, ast.keyword]]:
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
        elif call.args and dotted(context, call.func) == "functools.partial" and (made := _method(context, call.args[0])):
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
    rows="client.01 client.02 client.05 client.06 client.07 client.08 client.09 client.17 client.28 client.29 client.30 client.36",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo", checkout=False)
print(repo.repo_name)
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.repo_name)
""",
)
def dead_keywords(context: Context) -> Iterator[Draft]:
    """Keywords that the client no longer takes are dropped: `checkout=`, `read_only=`, `auth_org=`, and `org=` of a login.

    A repository has no session of its own any more, so that there is nothing to check out when it is opened. Whether it may be
    written to is a matter of the session: where V1 was told `read_only=True`, the sessions that follow are read-only.
    A value that is computed is worth a look, and one whose computation may do something is left to a person.
    """
    for call in client_calls(context):
        for name, keyword in call.keywords():
            dead = surface.DEAD_KEYWORDS.get((call.method, name))
            if dead is not None:
                yield _without(call, keyword, f"{name}= is gone: {dead.why}", dead.certain)
        gone = frozenset(k for m, k in surface.DEAD_KEYWORDS if m == call.method)
        edits = tuple(drop_from(unpacked(context, call.node), gone)) if gone else ()
        if edits:
            message = f"the keywords that are unpacked here bring {', '.join(sorted(gone))}, which is gone"
            yield Draft(call.node, message, Applicability.REVIEW, edits, call.places)


def _without(call: ClientCall, keyword: ast.keyword, message: str, certain: bool = True) -> Draft:
    if isinstance(keyword.value, ast.Constant) and certain:
        return Draft(keyword, message, Applicability.SAFE, (ChangeCall(call.node, drop=(keyword,)),), call.places)
    if all(isinstance(inner, PURE) for inner in ast.walk(keyword.value)):
        message += "" if isinstance(keyword.value, ast.Constant) else "; what it was decided by is no longer asked"
        return Draft(keyword, message, Applicability.REVIEW, (ChangeCall(call.node, drop=(keyword,)),), call.places)
    for place in call.places:
        place.block(keyword, f"{keyword.arg}= is gone, and computing its value may do something")
    return Draft(keyword, message, Applicability.MANUAL, (), call.places, f"drop {keyword.arg}= and keep what its value does")


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


@rule(
    "AL104",
    "virtual-container-nicknames",
    rows="client.11",
    before="""
from arraylake import Client

Client().get_repo("org/repo", virtual_container_nicknames={"archive": "bucket"})
""",
    after="""
from arraylake import Client

Client().get_repo("org/repo", virtual_container_nicknames={"archive": "bucket"})
""",
)
def nicknames(context: Context) -> Iterator[Draft]:
    """Access to virtual chunks is granted once to a repository, and no longer with each opening of it.

    The names of containers have become URL prefixes, which are not in the code, so that a person has to write them.
    """
    for call in client_calls(context):
        for name, keyword in call.keywords():
            if name == surface.NICKNAMES and call.method in surface.REPO_METHODS:
                yield Draft(keyword, f"{name}= is gone", Applicability.MANUAL, instead=surface.NICKNAMES_INSTEAD)


@rule(
    "AL105",
    "import-existing",
    rows="client.21",
    before="""
from arraylake import Client

Client().create_repo("org/repo", import_existing=False)
""",
    after="""
from arraylake import Client

Client().create_repo("org/repo")
""",
)
def import_existing(context: Context) -> Iterator[Draft]:
    """A repository that is in the bucket already is adopted with `import_repo`, which needs its bucket and its prefix.

    `import_existing=False` was the default and is dropped.
    """
    for call in client_calls(context):
        keyword = next((k for name, k in call.keywords() if name == "import_existing"), None)
        if keyword is None or call.method != "create_repo":
            continue
        if isinstance(keyword.value, ast.Constant) and not keyword.value.value:
            edit = ChangeCall(call.node, drop=(keyword,))
            yield Draft(keyword, "import_existing=False is the only way", Applicability.SAFE, (edit,), call.places)
        else:
            yield _import_repo(call, keyword)


def _import_repo(call: ClientCall, keyword: ast.keyword) -> Draft:
    """`import_repo`, where bucket and prefix are both written in the call."""
    given = {name for name, _ in call.keywords()}
    is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
    function = call.node.func
    complete = given & {"bucket_config_nickname", "bucket_nickname"} and "prefix" in given and "config" not in given
    if not (is_true and complete and isinstance(function, ast.Attribute)):
        return Draft(keyword, "import_existing= is gone", Applicability.MANUAL, instead=surface.IMPORT_INSTEAD)
    edit = ChangeCall(call.node, Template("{client}.import_repo", {"client": function.value}), drop=(keyword,))
    return Draft(keyword, "an existing repository is adopted with import_repo", Applicability.REVIEW, (edit,), call.places)


@rule(
    "AL106",
    "repo-made-again",
    rows="client.24",
    before="""
from arraylake import Client

client = Client()
client.delete_repo("org/repo", imsure=True, imreallysure=True)
client.create_repo("org/repo")
""",
    after="""
from arraylake import Client

client = Client()
client.delete_repo("org/repo", imsure=True, imreallysure=True)
client.create_repo("org/repo")
""",
)
def made_again(context: Context) -> Iterator[Draft]:
    """The name of a deleted repository is not free at once, so that making it again under its name fails.

    Which version of arraylake the code will run on decides what to write, so that nothing is changed.
    """
    calls = list(client_calls(context))
    for call in calls:
        if call.method != "delete_repo" or any(name in ("immediate", "retain_data") for name, _ in call.keywords()):
            continue
        later = [c for c in calls if c.method in surface.CREATING_METHODS and c.node.lineno >= call.node.lineno]
        if any(_first(context, call) == _first(context, c) for c in later):
            yield Draft(
                call.node, "the name of a deleted repository is not free at once", Applicability.MANUAL,
                instead=surface.DELETED_INSTEAD,
            )  # fmt: skip


def _first(context: Context, call: ClientCall) -> str:
    """What names the repository of a call, as text that is equal for equal names."""
    if not call.positional:
        return ast.dump(call.node)
    return context.program.refs.text_of(call.positional[0]) or ast.dump(call.positional[0])


@rule(
    "AL107",
    "client-attribute-assigned",
    rows="client.01",
    before="""
from arraylake import Client

client = Client()
client.token = "ema_..."
""",
    after="""
from arraylake import Client

client = Client()
client.token = "ema_..."
""",
)
def assigned(context: Context) -> Iterator[Draft]:
    """`token` and `service_uri` of a client can no longer be assigned to: they belong to its construction."""
    for use in context.uses(CLIENTS, "token service_uri"):
        if isinstance(use.node.ctx, ast.Store | ast.Del):
            message = f"{use.node.attr} of a client cannot be changed any more"
            yield Draft(use.node, message, Applicability.MANUAL, instead=surface.ASSIGNED_INSTEAD)
