"""The catalogue that a client keeps: repositories that are adopted, deleted and made again, and who may reach what."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.client import ClientCall, client_calls
from al_codemod.surface import client as surface
from al_codemod.surface.kinds import CLIENTS


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
    message = "an existing repository is adopted with import_repo"
    return Draft(keyword, message, Applicability.REVIEW, (edit,), call.places)


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
            message = "the name of a deleted repository is not free at once"
            yield Draft(call.node, message, Applicability.MANUAL, instead=surface.DELETED_INSTEAD)


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
