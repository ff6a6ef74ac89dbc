"""Calls and properties that open a repo when it is first asked for."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import InsertStatements, Template, Where
from al_codemod.rules.base import Context, Draft, rule


@rule(
    "AL214",
    "repo-opened-on-demand",
    rows="",
    before="""
from arraylake import Client

_repo = None


def get_repo():
    global _repo
    if _repo is None:
        _repo = Client().get_repo("org/repo")
    return _repo


def add(name):
    get_repo().root_group.create_group(name)
    get_repo().commit(f"add {name}")
""",
    after="""
import zarr
from arraylake import Client

_repo = None


def get_repo():
    global session
    global _repo
    if _repo is None:
        _repo = Client().get_repo("org/repo")
        session = _repo.writable_session(branch="main")
    return _repo


def add(name):
    global session
    get_repo()
    zarr.open_group(session.store, mode="a").create_group(name)
    get_repo()
    if session.has_uncommitted_changes:
        session.commit(f"add {name}")
    session = _repo.writable_session(branch="main")
""",
)
def opened_first(context: Context) -> Iterator[Draft]:
    """A repo that is opened when it is first asked for has no session before that.

    What is done to the session no longer asks for the repo, so that it is asked for in a statement of its own, right before.
    """
    done: set[tuple[ast.stmt, str]] = set()
    for written, place in context.program.opened_first.items():
        if not context.is_here(written):
            continue
        statement = context.program.statement(written)
        text = context.program.segment(written)
        if (statement, text) in done:
            continue
        done.add((statement, text))
        line = Template("{repo}", {"repo": written})
        if not isinstance(written, ast.Call):
            name = context.program.scope(written).function.free_name(["repo", "opened"])
            line = Template(f"{name} = {{repo}}", {"repo": written})
        edit = InsertStatements(statement, Where.BEFORE, (line,))
        yield Draft(written, "open the repo before its session is used", Applicability.SAFE, (edit,), (place,))
