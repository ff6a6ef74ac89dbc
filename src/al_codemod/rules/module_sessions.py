"""Sessions that are variables of another module."""

import re
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import AddImport
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.covered import templates


@rule(
    "AL797",
    "session-of-other-module",
    rows="",
    before="""
# --- store.py
from arraylake import Client

repo = Client().get_repo("org/repo")
# --- levels.py
from store import repo

repo.root_group.create_group("levels")
repo.commit("add levels")
""",
    after="""
# --- store.py
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
# --- levels.py
import store
import zarr

zarr.open_group(store.session.store, mode="a").create_group("levels")
store.session.commit("add levels")
""",
)
def module_sessions(context: Context) -> Iterator[Draft]:
    """The session of a repo that is a variable of another module is read through that module.

    `from store import repo, session` would keep the session that there was at the import. A session is bound anew after each
    commit, so that the module itself is imported, and asked for the session whenever it is needed.
    """
    made = [draft for draft in context.drafts if context.is_made(draft)]
    for reference in context.program.places.reach.missing(context.source.tree):
        used = re.compile(rf"(?<![\w.]){re.escape(reference.text)}\.")
        users = [d for d in made for e in d.edits for t in templates(e) if used.search(t.text)]
        if users:
            edit = AddImport(reference.module, reference.member, reference.text)
            yield Draft(users[0].node, f"import `{reference.text}` for its session", Applicability.SAFE, (edit,))
