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
