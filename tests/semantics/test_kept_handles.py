"""Handles that are kept where repos carry their sessions: which repo one hangs on is known, and not guessed."""

import pytest

from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.semantics.working_copies import WorkingCopies

OPEN = """
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace
from arraylake import Client
client = Client()
repo, other = client.get_repo("org/a"), client.get_repo("org/b")
hooks = {"save": repo.commit}
def flush():
    hooks["save"]("flushed")
"""
KEEPER = """
class Keeper:
    def __init__(self, repo, group):
        self.repo = repo
        self.group = group
    def use(self):
        self.group.attrs["a"] = 1
"""


def checked(text: str) -> tuple[WorkingCopies, list[str]]:
    """What is found in a program in which a function out of sight may end the session."""
    copies = WorkingCopies()
    program = Program([Module.parse(OPEN + text)], copies)
    return copies, [reason for _, reason in copies.check(program)]


UPDATED = [
    pytest.param(KEEPER + "Keeper(repo, repo.root_group).use()\n", ["self.repo"], id="passed together"),
    pytest.param(
        KEEPER + "def make(repo):\n    group = repo.root_group['x']\n    return Keeper(group=group, repo=repo)\n"
        "make(repo).use()\nmake(other).use()\n",
        ["self.repo"],
        id="passed together by a function that is given the repo",
    ),
    pytest.param(
        "group = repo.root_group\ndef use():\n    group.attrs['a'] = 1\nuse()\n", ["repo"], id="variables of the module"
    ),
    pytest.param(
        "def make(repo):\n    group = repo.root_group\n    return lambda: group['x'][:]\nmake(repo)()\nmake(other)()\n",
        ["repo"],
        id="variables of the function around",
    ),
    pytest.param(
        "@cache\ndef opened(repo):\n    return repo.root_group['x']\ndef use(mine):\n    opened(mine)[0] = 1\n"
        "use(repo)\nuse(other)\n",
        ["mine"],
        id="a function that is only called once for each repo",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, group):\n        self.group = group\n"
        "    def use(self):\n        self.group['x'][:] = 1\nKeeper(repo.root_group).use()\nKeeper(other.root_group).use()\n",
        ["self.repo"],
        id="a constructor that can be passed the repo",
    ),
    pytest.param(KEEPER + "Keeper(repo, other.root_group).use()\n", ["self.working_copy"], id="that of another repo"),
    pytest.param(
        KEEPER + "Keeper(repo, repo.root_group).use()\nKeeper(other, repo.root_group).use()\n",
        ["self.working_copy"],
        id="that of another repo, in one of two calls",
    ),
    pytest.param(
        KEEPER + "keeper = Keeper(repo, repo.root_group)\nkeeper.repo = other\nkeeper.use()\n",
        ["self.working_copy"],
        id="another repo than that in the object, which is set anew",
    ),
    pytest.param(
        "groups = {}\nfor name in 'ab':\n    groups[name] = repo.root_group[name]\n"
        "groups['a'].attrs['x'] = 1\nfor i, (name, group) in enumerate(groups.items()):\n    group.attrs['y'] = i\n"
        "print([g.attrs['y'] for g in groups.values()])\n",
        ["repo", "repo", "repo"],
        id="a dict of one repo",
    ),
    pytest.param(
        "def put(group, save):\n    save('a')\n    group.attrs['a'] = 1\ndef run(mine):\n"
        "    put(mine.root_group, hooks['save'])\nrun(repo)\nrun(other)\n",
        ["repo"],
        id="a function that can be passed the repo",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, repo):\n        self.repo = repo\n        self.arrays = []\n"
        "    def add(self, name):\n        self.arrays.append(self.repo.root_group[name])\n"
        "    def use(self):\n        for array in self.arrays:\n            array[0] = 1\n        self.arrays[-1][0] = 2\n"
        "keepers = Keeper(repo), Keeper(other)\nfor keeper in keepers:\n    keeper.add('a')\n    keeper.use()\n",
        ["self.repo", "self.repo"],
        id="a list beside the repo in an object",
    ),
]


@pytest.mark.parametrize(("text", "repos"), UPDATED)
def test_what_is_brought_up_to_date(text: str, repos: list[str]) -> None:
    copies, problems = checked(text)
    assert problems == []
    assert [c.repo for c in copies.current.values()] == repos


def test_what_has_just_been_opened_is_used_as_it_is() -> None:
    text = "class Keeper:\n    def open(self, repo):\n        self.group = repo.root_group\n        self.group.attrs['a'] = 1\n"
    copies, problems = checked(text + "Keeper().open(repo)\n")
    assert problems == []
    assert not copies.current


NO_REPO = "no repo is in reach"
REFUSED = [
    pytest.param(
        KEEPER + "keeper = Keeper(repo, repo.root_group)\nkeeper.group = other.root_group\nkeeper.use()\n",
        NO_REPO,
        id="a handle that is set anew",
    ),
    pytest.param(
        KEEPER + "keeper = Keeper(repo, repo.root_group)\nsetattr(keeper, hooks.name, other)\nkeeper.use()\n",
        NO_REPO,
        id="an attribute that is set by its name",
    ),
    pytest.param(
        "@dataclass\nclass Keeper:\n    repo: object\n    group: object\n"
        "one = Keeper(repo, repo.root_group)\ntwo = replace(one, repo=other)\ntwo.group.attrs['a'] = 1\n",
        NO_REPO,
        id="an object like another one",
    ),
    pytest.param(
        "uses = []\nfor name in ('org/c', 'org/d'):\n    mine = client.get_repo(name)\n    group = mine.root_group\n"
        "    uses.append(lambda: group.attrs.update(a=1))\nfor use in uses:\n    use()\n",
        NO_REPO,
        id="variables that a loop binds anew",
    ),
    pytest.param(
        "mine = repo\ndef swap():\n    global mine\n    mine = other\n"
        "group = mine.root_group\ndef use():\n    group.attrs['a'] = 1\nswap()\nuse()\n",
        NO_REPO,
        id="a repo that another function binds anew",
    ),
    pytest.param(
        "cached = {}\ndef group_of(repo, name):\n    if name not in cached:\n        cached[name] = repo.root_group[name]\n"
        "    return cached[name]\ngroup_of(repo, 'a').attrs['b'] = 1\n",
        NO_REPO,
        id="a container that may hold those of several repos",
    ),
    pytest.param(
        "group = None\ndef use(repo):\n    global group\n    if group is None:\n        group = repo.root_group\n"
        "    group.attrs['a'] = 1\nuse(repo)\nuse(other)\n",
        NO_REPO,
        id="a variable that may hold that of an earlier call",
    ),
    pytest.param(
        "groups = {'a': repo.root_group['a']}\ngroups['b'] = other.root_group['b']\ngroups['a'].attrs['x'] = 1\n",
        NO_REPO,
        id="a dict of several repos",
    ),
    pytest.param(
        "def put(group, save):\n    save('a')\n    group.attrs['a'] = 1\n"
        "puts = [put]\nput(repo.root_group, hooks['save'])\nput(other.root_group, hooks['save'])\n",
        "may have ended here",
        id="a function that may be called where that is not seen",
    ),
    pytest.param(
        "groups = [repo.root_group['a']]\nlater = groups\nlater.append(other.root_group)\ngroups[0].attrs['x'] = 1\n",
        "not followed where it goes",
        id="a list under two names",
    ),
    pytest.param(
        "groups = [repo.root_group['a']]\nfor group, n in zip(groups, (1, 2)):\n    group.attrs['x'] = n\n",
        "not followed where it goes",
        id="a list that is gone over together with another one",
    ),
    pytest.param(
        "groups = [repo.root_group['a']]\nfirst, *rest = groups\nfirst.attrs['x'] = 1\n",
        "not followed where it goes",
        id="a list that is taken apart",
    ),
    pytest.param(
        "held = SimpleNamespace(repo=repo, group=repo.root_group)\nheld.group.attrs['a'] = 1\n",
        "kept in a container",
        id="an object of a library",
    ),
    pytest.param(
        "class Keeper:\n    pass\nkeeper = Keeper()\nsetattr(keeper, 'group', repo.root_group)\n",
        "kept in a container",
        id="a handle that is set by the name of its attribute",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, repo):\n        self.repo = repo\n        self.attrs = repo.root_group.attrs\n"
        "    def use(self):\n        self.attrs['a'] = 1\nKeeper(repo).use()\n",
        "cannot be opened again by its path",
        id="attributes, which have no path",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, repo):\n        self.repo = repo\n        self.data = repo.to_xarray('x')\n"
        "    def use(self):\n        return self.data.v.values\nKeeper(repo).use()\n",
        "cannot be opened again by its path",
        id="a dataset, which may show what it was opened on",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, repo):\n        self.repo = repo\n        self.group = None\n"
        "    def open(self):\n        self.group = self.repo.root_group\n"
        "    def given(self):\n        return self.group\nkeeper = Keeper(repo)\nkeeper.open()\nprint(keeper.given())\n",
        "may be nothing here yet",
        id="a handle that may not be there",
    ),
    pytest.param(
        "class Keeper:\n    def __init__(self, group):\n        self.group = group\n"
        "    def use(self):\n        self.group.attrs['a'] = 1\n"
        "kinds = [Keeper]\nKeeper(repo.root_group).use()\nkinds[0](other.root_group).use()\n",
        NO_REPO,
        id="a constructor that may be called where that is not seen",
    ),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_refused(text: str, reason: str) -> None:
    _, problems = checked(text)
    assert any(reason in problem for problem in problems), problems
