"""Calls of the client."""

import pytest

from al_codemod.finding import Applicability


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('c.get_repo("o/r", checkout=False)', 'c.get_repo("o/r")', id="checkout is dropped"),
        pytest.param('c.get_repo("o/r", read_only=True)', 'c.get_repo("o/r")', id="read_only is dropped"),
        pytest.param('c.get_repo("o/r", read_only=FLAG)', 'c.get_repo("o/r")', id="a computed read_only is dropped"),
        pytest.param('c.get_repo("o/r", config=FLAG)', 'c.get_repo("o/r", config=FLAG)', id="config stays"),
        pytest.param(
            'c.create_repo("o/r", "b")', 'c.create_repo("o/r", bucket_config_nickname="b")', id="second argument"
        ),
        pytest.param(
            'c.get_or_create_repo("o/r", bucket_nickname="b", checkout=True)',
            'c.get_or_create_repo("o/r", bucket_config_nickname="b")',
            id="bucket_nickname is renamed",
        ),
        pytest.param('c.create_repo("o/r", kind="v1")', 'c.create_repo("o/r")', id="kind is dropped"),
        pytest.param('c.create_repo("o/r", import_existing=False)', 'c.create_repo("o/r")', id="nothing to import"),
        pytest.param(
            'c.create_repo("o/r", bucket_nickname="b", prefix="p", import_existing=True)',
            'c.import_repo("o/r", bucket_config_nickname="b", prefix="p")',
            id="an existing repository is imported",
        ),
        pytest.param('c.login(org="o", browser=True)', "c.login(browser=True)", id="login without organization"),
        pytest.param('c.logout(org="o", browser=True)', "c.logout()", id="logout takes nothing"),
        pytest.param(
            'get = c.get_repo; get("o/r", checkout=False)', 'get = c.get_repo; get("o/r")', id="a bound method"
        ),
        pytest.param(
            'kw = {"checkout": False, "config": FLAG}; c.get_repo("o/r", **kw)',
            'kw = {"config": FLAG}; c.get_repo("o/r", **kw)',
            id="keywords in a dict",
        ),
        pytest.param(
            'import functools; functools.partial(c.create_repo, kind="icechunk")',
            "import functools; functools.partial(c.create_repo)",
            id="functools.partial",
        ),
    ],
)
def test_call(becomes, before: str, after: str) -> None:
    start = "from arraylake import Client\nFLAG = True\nc = Client()\n"
    becomes(f"{start}{before}\n", f"{start}{after}\n")


def test_constructor(becomes) -> None:
    becomes(
        'from arraylake import AsyncClient as A\nA(token="t", auth_org="o")\n',
        'from arraylake import AsyncClient as A\nA(token="t")\n',
    )


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('Shop().create_repo("o/r", "b", kind="v1", checkout=False)', id="a class of the project"),
        pytest.param('boto3.client("s3").login(org="o")', id="another client"),
        pytest.param('c.create_bucket_config(org="o", nickname="n", uri="u")', id="a keyword that is still there"),
        pytest.param('c.list_repos("o")', id="the list of repos"),
    ],
)
def test_nothing_to_do(stays, code: str) -> None:
    stays(f"from arraylake import Client\nimport boto3\nfrom shop import Shop\nc = Client()\n{code}\n")


@pytest.mark.parametrize(
    ("code", "line", "instead"),
    [
        pytest.param('c.token = "t"', 3, "another client", id="token is assigned"),
        pytest.param(
            'c.get_repo("o/r", virtual_container_nicknames={})', 3, "update_virtual", id="container nicknames"
        ),
        pytest.param('c.create_repo("o/r", import_existing=True)', 3, "import_repo", id="import without a prefix"),
        pytest.param('c.delete_repo("o/r")\nc.create_repo("o/r")', 3, "immediate=True", id="deleted and made again"),
        pytest.param('c.get_repo("o/r", read_only=ask())', 3, "drop read_only=", id="a value that may do something"),
        pytest.param("c._set_repo_status(1)", 3, "credentials", id="a private member"),
        pytest.param(
            'c.get_api_client_id_from_token("o", "t")', 3, "get_api_client_from_token", id="client id of a token"
        ),
    ],
)
def test_by_hand(findings, stays, code: str, line: int, instead: str) -> None:
    start = "from arraylake import Client\nc = Client()\n"
    found = [f for f in findings(f"{start}{code}\n") if f.applicability is Applicability.MANUAL and not f.fixed]
    assert any(f.span.line == line and instead in f.instead for f in found), found
    stays(f"{start}{code}\n")


def test_another_repo_is_deleted(findings) -> None:
    assert not findings("from arraylake import Client\nc = Client()\nc.delete_repo('o/a')\nc.create_repo('o/b')\n")


def test_asking_for_v1_is_worth_a_look(findings) -> None:
    (found,) = findings("from arraylake import Client\nClient().create_repo('o/a', kind='v1')\n")
    assert found.applicability is Applicability.REVIEW
    assert found.code == "AL103"


def test_keyword_stays_with_a_repo_that_cannot_be_followed(findings) -> None:
    code = """
        from arraylake import Client
        repo = Client().get_repo("o/r", checkout=False)
        repo.join_session("token")
        repo.commit("x")
    """
    found = next(f for f in findings(code) if f.code == "AL101")
    assert not found.fixed
    assert "line 3" in found.message
