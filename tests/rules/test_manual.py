"""Members without an equivalent, members that nobody knows, and imports that are left over."""

import pytest

from al_codemod.finding import Applicability
from al_codemod.surface.kinds import CLIENTS, REPOS
from al_codemod.surface.manual import MANUAL
from rules.support import migrated

SYNC = 'from arraylake import Client\nclient = Client()\nrepo = client.get_repo("o/r")\nstore = repo.store\n'
ASYNC = (
    "from arraylake import AsyncClient\nclient = AsyncClient()\n"
    "async def f():\n    repo = await client.get_repo('o/r')\n"
)


def use(kind: str, name: str) -> str:
    receiver = {"repo": "repo", "client": "client", "store": "store"}[kind.replace("async ", "")]
    return f"{ASYNC}    print({receiver}.{name})\n" if "async" in kind else f"{SYNC}print({receiver}.{name})\n"


@pytest.mark.parametrize(("kind", "name"), MANUAL)
def test_member_is_reported(kind: str, name: str) -> None:
    found = [f for f in migrated(use(kind, name)).findings if f.code == "AL701"]
    assert found
    assert all(f.applicability is Applicability.MANUAL and f.instead for f in found)


@pytest.mark.parametrize("kind", sorted(REPOS | CLIENTS))
def test_unknown_member_is_reported(kind: str) -> None:
    assert [f.code for f in migrated(use(kind, "sing")).findings if f.code == "AL799"] == ["AL799"]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            'repo.create_branch("b", snapshot_id=repo.lookup_branch("main"))', id="a member of the new repository"
        ),
        pytest.param("client.get_orgs()", id="a new member of the client"),
        pytest.param("repo.__class__", id="a member of every object"),
    ],
)
def test_known_member_is_not_reported(findings, code: str) -> None:
    text = 'from arraylake import Client\nclient = Client()\nrepo = client.get_repo("o/r")\n' + code + "\n"
    assert not findings(text)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('store["meta/root.group.json"]', id="item"),
        pytest.param('"meta/root.group.json" in store', id="membership"),
        pytest.param("len(store)", id="length"),
        pytest.param("[key for key in store]", id="iteration"),
        pytest.param('del store["data/root/a/c0"]', id="deletion"),
    ],
)
def test_store_is_no_mapping(code: str) -> None:
    assert [f.code for f in migrated(f"{SYNC}{code}\n").findings if f.code == "AL702"] == ["AL702"]


def test_dict_called_store(stays, findings) -> None:
    code = 'from arraylake import Client\nstore = {}\nstore["a"] = 1\nprint("a" in store, len(store))\n'
    stays(code)
    assert not findings(code)


def test_joined_session_keeps_its_repo(stays) -> None:
    stays('from arraylake import Client\nrepo = Client().get_repo("o/r")\nrepo.join_session("t")\nrepo.commit("x")\n')


def test_copied_hierarchy(findings) -> None:
    code = f"import zarr\n{SYNC}zarr.copy_store({{}}, store)\n"
    assert "AL704" in {f.code for f in findings(code)}


def test_import_of_dropped_argument(becomes) -> None:
    becomes(
        'from datetime import date, timedelta\nfrom arraylake import Client\nrepo = Client().get_repo("o/r")\n'
        'repo.checkout("main", expires_in=timedelta(days=1))\nprint(date)\n',
        'from datetime import date\nfrom arraylake import Client\nrepo = Client().get_repo("o/r")\nprint(date)\n',
    )


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("print(timedelta)", id="used elsewhere"),
        pytest.param("__all__ = ['timedelta']", id="exported"),
        pytest.param("def f(x: 'timedelta'): ...", id="in a quoted annotation"),
    ],
)
def test_import_that_is_still_needed(rest: str) -> None:
    code = (
        'from datetime import timedelta\nfrom arraylake import Client\nrepo = Client().get_repo("o/r")\n'
        f'repo.checkout("main", expires_in=timedelta(days=1))\n{rest}\n'
    )
    assert "import timedelta" in migrated(code).text
