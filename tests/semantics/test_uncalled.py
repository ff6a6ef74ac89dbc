"""A function that nobody is seen to call, in a program that calls functions which are not seen."""

import pytest

from al_codemod.migrate import migrate
from al_codemod.settings import Settings

STEP = """
from arraylake import Client


def create(repo, name):
    repo.root_group.create_group(name)


"""
MAIN = 'repo = Client().get_repo("org/repo")\n'


@pytest.mark.parametrize(
    "call",
    [
        pytest.param('globals()["create"](repo, "a")', id="a table made at run time"),
        pytest.param('for step in steps():\n    step(repo, name="a")', id="a name that is not known"),
        pytest.param('load("create")(repo=repo, name="a")', id="by keyword"),
    ],
)
def test_it_keeps_its_parameters(call: str) -> None:
    """A call that is not seen would not pass the session."""
    assert "def create(repo, name):" in migrate(f"{STEP}{MAIN}{call}\n", Settings()).text


def test_it_takes_the_session_where_all_calls_are_known() -> None:
    assert "def create(repo, name):" not in migrate(f"{STEP}{MAIN}print(repo)\n", Settings()).text


def test_a_repo_that_only_goes_there_is_reported() -> None:
    """Nothing else in this file is of V1, and what is called may be anywhere."""
    text = 'from arraylake import Client\n\nfor step in steps():\n    step(Client().create_repo("org/repo"))\n'
    assert [f.code for f in migrate(text, Settings()).findings] == ["AL802"]
