"""The commit log, its entries, and the ids of commits."""

import pytest

from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from rules.history import by_hand, migrated

LOG = 'list(repo.ancestry(branch="main"))[:-1]'

FORMS = {
    "a loop": ("for c in repo.commit_log:\n    print(c.message, c.id)", f"for c in {LOG}:\n    print(c.message, c.id)"),
    "its length": ("x = len(repo.commit_log)", f"x = len({LOG})"),
    "a list": ("x = list(repo.commit_log)", f"x = {LOG}"),
    "the newest": ("x = next(iter(repo.commit_log)).id", f"x = next(iter({LOG})).id"),
    "backwards": (
        "for c in reversed(list(repo.commit_log)):\n    print(c.id)",
        f"for c in reversed({LOG}):\n    print(c.id)",
    ),
    "numbered": (
        "for i, c in enumerate(repo.commit_log):\n    print(i, c.author_email)",
        f'for i, c in enumerate({LOG}):\n    print(i, c.metadata.get("author_email"))',
    ),
    "sorted by time": (
        "x = sorted(repo.commit_log, key=lambda c: c.commit_time)[0]\nprint(x.commit_time)",
        f"x = sorted({LOG}, key=lambda c: c.written_at)[0]\nprint(x.written_at)",
    ),
    "in a variable": (
        "log = repo.commit_log\nprint(len(log), [c.message for c in log])",
        f"log = {LOG}\nprint(len(log), [c.message for c in log])",
    ),
    "the first has no parent": (
        "for c in repo.commit_log:\n    print(c.parent_commit is None)",
        f"for c in {LOG}:\n    print(repo.lookup_snapshot(c.parent_id).parent_id is None)",
    ),
    "a parent that is compared": (
        "x = [c for c in repo.commit_log if c.parent_commit == y]",
        f"x = [c for c in {LOG} if c.parent_id == y]",
    ),
    "a parent that is kept": (
        "for c in repo.commit_log:\n    x = c.parent_commit",
        f"for c in {LOG}:\n    x = c.parent_id if repo.lookup_snapshot(c.parent_id).parent_id else None",
    ),
    "ids in hex": ("x = [c.id.hex() for c in repo.commit_log]", f"x = [c.id for c in {LOG}]"),
    "printed in colours": (
        "repo.commit_log.rich_output()",
        f'print(*(f"{{s.id}} {{s.written_at}} {{s.message}}" for s in {LOG}), sep="\\n")',
    ),
    "of a tag": (
        'repo.tag("v1", "main")\nrepo.checkout("v1")\nprint(len(repo.commit_log))',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))\nprint(len(list(repo.ancestry(tag="v1"))[:-1]))',
    ),
    "of another branch that nothing else is read from": (
        'repo.new_branch("dev")\nprint(len(repo.commit_log))',
        (
            'repo.create_branch("dev", snapshot_id=repo.lookup_branch("main"))\n'
            'print(len(list(repo.ancestry(branch="dev"))[:-1]))'
        ),
    ),
}

BY_HAND = {
    "the log is passed on": "save(repo.commit_log)",
    "an entry is passed on": "for c in repo.commit_log:\n    save(c)",
    "an entry is asked for its author line": "for c in repo.commit_log:\n    print(c.author_entry())",
    "the data behind the log": "x = repo.commit_log.commit_data.tags",
    "the log of a console": "repo.commit_log.rich_output(console)",
}


@pytest.mark.parametrize(("before", "after"), FORMS.values(), ids=FORMS)
def test_the_log_is_an_ancestry_without_the_first_snapshot(before: str, after: str) -> None:
    assert migrated(before + "\n") == after + "\n"


@pytest.mark.parametrize("body", BY_HAND.values(), ids=BY_HAND)
def test_what_has_no_counterpart_is_left_alone(body: str) -> None:
    assert "repo.commit_log" in migrated(body + "\n")
    assert "AL311" in {f.code for f in by_hand(body + "\n")}


def test_the_log_of_a_session_that_was_left_is_not_taken() -> None:
    body = 'print(repo.to_xarray())\nrepo.checkout("main")\nprint(len(repo.commit_log))\n'
    assert f"print(len({LOG}))" in migrated(body)


def test_the_bytes_of_an_id_are_reported() -> None:
    body = 'repo.root_group.create_group("x")\nx = bytes(repo.commit("x"))\n'
    assert [f.code for f in by_hand(body)] == ["AL313"]


def test_the_hex_of_other_bytes_stays() -> None:
    text = "from arraylake import Client\n\nclient = Client()\nprint(b'abc'.hex(), digest.hex())\n"
    assert migrate(text, Settings()).text == text


def test_the_log_of_an_asynchronous_repo() -> None:
    header = "from arraylake import AsyncClient\n\nasync def main():\n    arepo = await AsyncClient().get_repo('a/b')\n"
    before = "    for c in await arepo.commit_log():\n        print(c.message)\n"
    after = (
        '    for c in [snapshot async for snapshot in arepo.async_ancestry(branch="main")][:-1]:\n'
        "        print(c.message)\n"
    )
    assert migrated(before, header) == after
    assert {"AL311"} == {f.code for f in by_hand("    log = gather(arepo.commit_log())\n", header)}
