"""Handles that are kept, in repos that carry their sessions: each is brought up to date where it is used."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import AddParameter, ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.anchors import function_start
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.working_copy_examples import CLASS
from al_codemod.semantics.arguments import parameter_defaults
from al_codemod.semantics.bringing import Brought
from al_codemod.semantics.places import Place


@rule(
    "AL217",
    "kept-handle-on-session-in-use",
    rows="",
    before="""
from arraylake import Client


class Gauge:
    def __init__(self, repo, path):
        self.repo = repo
        self.levels = repo.root_group[path]

    def note(self, position, value, save):
        self.levels[position] = value
        save(f"value at {position}")


repo = Client().get_repo("org/gauges")
gauge = Gauge(repo, "levels")
gauge.note(0, 1.5, repo.commit)
""",
    after="""
import icechunk
import zarr
from arraylake import Client

"""
    + CLASS
    + """
    def current(self, node: zarr.Group | zarr.Array) -> zarr.Group | zarr.Array:
        \"\"\"The same group or array, on the session in use now.\"\"\"
        return zarr.open(self.session.store, path=node.path, mode="r+")


class Gauge:
    def __init__(self, repo, path):
        self.repo = repo
        self.levels = zarr.open_group(repo.session.store, mode="a")[path]

    def note(self, position, value, save):
        self.repo.current(self.levels)[position] = value
        save(f"value at {position}")


repo = WorkingCopy(Client().get_repo("org/gauges"))
gauge = Gauge(repo, "levels")
gauge.note(0, 1.5, repo.commit)
""",
)
def current(context: Context) -> Iterator[Draft]:
    """A group or array that is kept in an object, by a function or in a cache is opened again where it is used.

    In V1 it followed the repo. It is asked of the repo that it is known to hang on: the one beside it in the object, the one
    in a variable that is bound once, or the one that is always passed with it. Where there is none, all stays as it is.
    """
    carried = context.program.carried
    for node, found in carried.current.items() if carried is not None else ():
        if not context.is_here(node) or carried is None:
            continue
        if found.is_store:
            new, what = Template(f"{found.repo}.session.store"), "store"
        else:
            new, what = Template(f"{found.repo}.current({{it}})", {"it": node}), ast.unparse(node)
        message = f"use {f'`{what}`' if what != 'store' else 'the store'} on the session that is in use now"
        yield Draft(node, message, Applicability.SAFE, (ReplaceExpression(node, new),), (carried.place,))


@rule(
    "AL218",
    "repo-passed-with-handle",
    rows="",
    before="""
from arraylake import Client


class Gauge:
    def __init__(self, levels):
        self.levels = levels

    def note(self, position, value, save):
        self.levels[position] = value
        save(f"value at {position}")


repo = Client().get_repo("org/gauges")
gauge = Gauge(repo.root_group["levels"])
gauge.note(0, 1.5, repo.commit)
""",
    after="""
import icechunk
import zarr
from arraylake import Client

"""
    + CLASS
    + """
    def current(self, node: zarr.Group | zarr.Array) -> zarr.Group | zarr.Array:
        \"\"\"The same group or array, on the session in use now.\"\"\"
        return zarr.open(self.session.store, path=node.path, mode="r+")


class Gauge:
    def __init__(self, levels, repo):
        self.repo = repo
        self.levels = levels

    def note(self, position, value, save):
        self.repo.current(self.levels)[position] = value
        save(f"value at {position}")


repo = WorkingCopy(Client().get_repo("org/gauges"))
gauge = Gauge(zarr.open_group(repo.session.store, mode="a")["levels"], repo)
gauge.note(0, 1.5, repo.commit)
""",
)
def brought(context: Context) -> Iterator[Draft]:
    """An object that is made with a group, array or store and keeps it is passed the repo as well.

    In V1 the handle knew the session. A function that goes on with a handle after its session may have ended takes the repo
    too. That is done only where all calls are seen, and each knows the repo.
    """
    carried = context.program.carried
    for found in carried.brought if carried is not None else ():
        assert carried is not None
        if context.is_here(found.function):
            yield _keeping(context, found, carried.place)
        for call, given, repo in found.calls:
            if context.is_here(call):
                by_keyword = any(k.value is given for k in call.keywords)
                add = ((found.name, Template(repo)),) if by_keyword else ()
                insert = () if by_keyword else ((given, Template(repo)),)
                edit = ChangeCall(call, add=add, insert=insert)
                yield Draft(call, f"pass `{repo}` with its handle", Applicability.REVIEW, (edit,), (carried.place,))


def _keeping(context: Context, found: Brought, place: Place) -> Draft:
    """The parameter of a function, and the attribute in which a constructor keeps what it is passed."""
    has_default = found.after.arg in dict(parameter_defaults(found.function))
    edits: list[Edit] = [AddParameter(found.after, found.name, "", "None" if has_default else "")]
    message = f"take the repo of `{found.after.arg}` as well"
    if found.attribute:
        line = Template(f"{found.function.args.args[0].arg}.{found.attribute} = {found.name}")
        edits.append(function_start(context.program.scopes[found.function]).insert(line))
        message = f"keep the repo of `{found.after.arg}` beside it"
    return Draft(found.function, message, Applicability.REVIEW, tuple(edits), (place,))
