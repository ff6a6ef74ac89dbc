"""Status, tree, session and the calls that Icechunk has no need for."""

import pytest

from rules.history import by_hand, migrated

WRITE = 'repo.root_group.create_group("x")\n'
SESSION = 'session = repo.writable_session(branch="main")\nzarr.open_group(session.store, mode="a").create_group("x")\n'
DIRTY = "session.has_uncommitted_changes"

STATUS = {
    "shown": ("print(repo.status())", "print(session.status())"),
    "shown later": ("s = repo.status()\nprint(s)", "s = session.status()\nprint(s)"),
    "with a limit": ("print(repo.status(limit=5))", "print(session.status())"),
    "asked for its truth": ("if repo.status().modified_paths:\n    go()", f"if {DIRTY}:\n    go()"),
    "asked for the contrary": ("x = not repo.status().modified_paths", f"x = not {DIRTY}"),
    "asked among other things": ("if x and repo.status().modified_paths:\n    go()", f"if x and {DIRTY}:\n    go()"),
    "counted": ("x = len(repo.status().modified_paths) > 0", f"x = {DIRTY}"),
    "counted as none": ("x = len(repo.status().modified_paths) == 0", f"x = not {DIRTY}"),
    "compared with no paths": ("x = repo.status().modified_paths != []", f"x = {DIRTY}"),
    "in a variable": (
        "s = repo.status()\nif s.modified_paths:\n    go()",
        f"s = {DIRTY}\nif s:\n    go()",
    ),
    "its paths in a variable": (
        "p = repo.status().modified_paths\nif len(p):\n    go()",
        f"p = {DIRTY}\nif p:\n    go()",
    ),
    "its truth in a variable": ("x = bool(repo.status().modified_paths)", f"x = bool({DIRTY})"),
}

STATUS_BY_HAND = {
    "its paths are listed": "for path, deleted in repo.status().modified_paths:\n    print(path)",
    "its paths are counted": "print(len(repo.status().modified_paths))",
    "it is not called": "s = repo.status",
    "it is passed on": "save(repo.status())",
    "it is shown and asked": "s = repo.status()\nprint(s)\nif s.modified_paths:\n    go()",
}


@pytest.mark.parametrize(("before", "after"), STATUS.values(), ids=STATUS)
def test_status(before: str, after: str) -> None:
    assert migrated(WRITE + before + "\n") == SESSION + after + "\n"


@pytest.mark.parametrize("body", STATUS_BY_HAND.values(), ids=STATUS_BY_HAND)
def test_status_by_hand(body: str) -> None:
    assert migrated(WRITE + body + "\n") == SESSION + body + "\n"
    assert "AL321" in {f.code for f in by_hand(WRITE + body + "\n")}


TREE = {
    "the whole tree": ("print(repo.tree())", 'print(zarr.open_group(session.store, mode="r").tree())'),
    "a part of it": (
        't = repo.tree(prefix="obs", depth=2)\nprint(t)',
        't = zarr.open_group(session.store, path="obs", mode="r").tree(level=2)\nprint(t)',
    ),
}


@pytest.mark.parametrize(("before", "after"), TREE.values(), ids=TREE)
def test_tree(before: str, after: str) -> None:
    assert migrated(before + "\n") == f'session = repo.readonly_session(branch="main")\n{after}\n'


@pytest.mark.parametrize("body", ["x = repo.tree().arrays", 'print(repo.tree(filter="a"))', "save(repo.tree())"])
def test_a_tree_that_is_not_just_shown(body: str) -> None:
    assert "AL322" in {f.code for f in by_hand(body + "\n")}


DEAD = {
    "ping": ("repo.ping()\ngo()", "go()"),
    "ping in a try": (
        "try:\n    repo.ping()\nexcept OSError:\n    go()",
        "try:\n    repo.list_branches()\nexcept OSError:\n    go()",
    ),
    "close": ("go()\nrepo.close()", "go()"),
    "close is all there is": ("if done:\n    repo.close()", "if done:\n    pass"),
    "the name": ("print(repo.repo_name)", 'print("org/repo")'),
    "the branch": ("print(repo.session.branch)", 'print("main")'),
    "the branch is asked for": ("x = repo.session.branch is None", "x = False"),
    "the base commit": ("print(repo.session.base_commit)", 'print(repo.lookup_branch("main"))'),
    "a session in a variable": (
        "s = repo.session\nprint(s.branch, s.base_commit)",
        'print("main", repo.lookup_branch("main"))',
    ),
}


@pytest.mark.parametrize(("before", "after"), DEAD.values(), ids=DEAD)
def test_what_needs_no_session(before: str, after: str) -> None:
    assert migrated(before + "\n") == after + "\n"


SESSION_BY_HAND = {
    "its id": "print(repo.session.id)",
    "it is passed on": "save(repo.session)",
    "it is read after a commit": f's = repo.session\n{WRITE}repo.commit("x")\nprint(s.base_commit)',
}


@pytest.mark.parametrize("body", SESSION_BY_HAND.values(), ids=SESSION_BY_HAND)
def test_a_session_by_hand(body: str) -> None:
    assert "AL331" in {f.code for f in by_hand(body + "\n")}


def test_a_fast_forward_is_a_rebase() -> None:
    body = WRITE + "repo.fast_forward()\n"
    assert migrated(body) == SESSION + "session.rebase(icechunk.ConflictDetector())\n"


def test_the_branch_of_a_session_that_may_have_none() -> None:
    body = 'repo.checkout("v1", for_writing=False)\nprint(repo.session.branch)\n'
    assert migrated(body).endswith('\nprint("v1" if "v1" in repo.list_branches() else None)\n')


def test_a_new_repository_has_no_commit() -> None:
    header = 'from arraylake import Client\n\nrepo = Client().create_repo("org/repo")\n'
    assert migrated("x = repo.session.base_commit\n", header) == "x = None\n"


def test_a_session_is_abandoned() -> None:
    header = (
        "from arraylake import AsyncClient\n\nasync def main():\n    arepo = await AsyncClient().get_repo('a/b')\n"
        "    root = arepo.to_sync_repo().root_group\n"
    )
    text = header + "    root.create_group('x')\n    await arepo.session.abandon()\n"
    start = header.splitlines()[-2] + "\n"
    assert migrated(text.split(start)[1], text.split(start)[0] + start) == (
        '    session = await arepo.writable_session_async(branch="main")\n'
        '    root = zarr.open_group(session.store, mode="a")\n'
        "    root.create_group('x')\n"
        "    session.discard_changes()\n"
    )
