"""What the analysis concludes about sessions: how they are called, and which places it refuses to touch."""

import pytest

from al_codemod.semantics.program import Program

OPEN = 'from arraylake import Client\nclient = Client()\nrepo = client.get_repo("org/repo")\n'


def blocks(source: str) -> list[str]:
    return [reason for place in Program.of_text(source).places.all for _, reason in place.blocks]


NAMES = [
    pytest.param(OPEN, {"repo": "session"}, id="the only repo"),
    pytest.param(OPEN.replace("repo =", "src_repo ="), {"src_repo": "session"}, id="the only repo, whatever its name"),
    pytest.param(
        OPEN + 'dst_repo = client.get_repo("org/b")\n',
        {"repo": "session", "dst_repo": "dst_session"},
        id="two repos",
    ),
    pytest.param("session = 1\n" + OPEN, {"repo": "repo_session"}, id="session is taken"),
    pytest.param(
        "from arraylake import Client\nclass A:\n    def __init__(self):\n        self._repo = Client().get_repo('o/r')\n",
        {"._repo": "_session"},
        id="a private attribute",
    ),
]


@pytest.mark.parametrize(("source", "names"), NAMES)
def test_session_names(source: str, names: dict[str, str]) -> None:
    places = Program.of_text(source).places.all
    assert {p.home.name: p.session for p in places if p.home is not None} == names


REFUSED = [
    pytest.param("repos = [repo]\nrepo.commit('x')", "kept in a container", id="a repo in a list"),
    pytest.param("import other\nother.f(repo)\nrepo.commit('x')", "passed to code", id="a repo in unknown hands"),
    pytest.param(
        "x = repo or None\ny = repo if x else client.get_repo('o/b')\ny.commit('a')", "not certain", id="either of two"
    ),
    pytest.param(
        "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor() as p:\n"
        "    p.submit(print, repo.store)\nrepo.commit('x')",
        "another process",
        id="a store in another process",
    ),
]


@pytest.mark.parametrize(("source", "reason"), REFUSED)
def test_what_cannot_be_followed_is_refused(source: str, reason: str) -> None:
    assert any(reason in found for found in blocks(OPEN + source))


ACCEPTED = [
    pytest.param("for i in range(3):\n    repo.root_group.create_group(str(i))\n    repo.commit('x')", id="a loop"),
    pytest.param("print(repo)\nisinstance(repo, object)\nrepo.commit('x')", id="a repo that is only looked at"),
    pytest.param("def f(): repo.commit('x')\nf()", id="a global repo in a function"),
    pytest.param("other = repo\nother.commit('x')\nrepo.commit('y')", id="an alias"),
]


@pytest.mark.parametrize("source", ACCEPTED)
def test_what_can_be_followed_is(source: str) -> None:
    assert blocks(OPEN + source) == []
