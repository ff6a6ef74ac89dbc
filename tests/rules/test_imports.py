"""Imports and uses of the classes of V1."""

import pytest

from al_codemod.finding import Applicability

START = "from arraylake import Client\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "from arraylake.repo import Repo\ndef f(x: Repo): ...\n",
            "from icechunk import Repository\ndef f(x: Repository): ...\n",
            id="an annotation",
        ),
        pytest.param(
            'from arraylake.repos.v1.repo import Repo\ndef f(x: "Repo | None") -> "list[Repo]": ...\n',
            'from icechunk import Repository\ndef f(x: "Repository | None") -> "list[Repository]": ...\n',
            id="quoted annotations",
        ),
        pytest.param(
            "from arraylake.repo import Repo, AsyncRepo\nisinstance(1, (Repo, AsyncRepo))\n",
            "from icechunk import Repository\nisinstance(1, (Repository, Repository))\n",
            id="two classes that are one now",
        ),
        pytest.param(
            "from arraylake.repo import Repo as R\ndef f(x: R): ...\n",
            "from icechunk import Repository as R\ndef f(x: R): ...\n",
            id="another name",
        ),
        pytest.param(
            "from arraylake.repo import Repo\nRepository = 1\ndef f(x: Repo): ...\n",
            "from icechunk import Repository as Repo\nRepository = 1\ndef f(x: Repo): ...\n",
            id="the new name is taken",
        ),
        pytest.param(
            "from arraylake.repo import Repo\n__all__ = ['Repo']\ndef f(x: Repo): ...\n",
            "from icechunk import Repository as Repo\n__all__ = ['Repo']\ndef f(x: Repo): ...\n",
            id="a name that is exported",
        ),
        pytest.param(
            "from arraylake.repo import Repo\n",
            "from icechunk import Repository as Repo\n",
            id="a name for other modules",
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from arraylake.repo import Repo\ndef f(x: "
            "'Repo'): ...\n",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from icechunk import Repository\ndef f(x: "
            "'Repository'): ...\n",
            id="under TYPE_CHECKING",
        ),
        pytest.param(
            "def f(x):\n    from arraylake.repo import ArraylakeStore\n    return isinstance(x, ArraylakeStore)\n",
            "def f(x):\n    from icechunk import IcechunkStore\n    return isinstance(x, IcechunkStore)\n",
            id="in a function",
        ),
        pytest.param(
            "import arraylake.repo\nisinstance(1, arraylake.repo.Repo)\narraylake.Client()\n",
            "import arraylake\nimport icechunk\nisinstance(1, icechunk.Repository)\narraylake.Client()\n",
            id="a dotted module",
        ),
        pytest.param(
            "import arraylake.repos.v1.repo as v1\nisinstance(1, v1.AsyncRepo)\n",
            "import icechunk\nisinstance(1, icechunk.Repository)\n",
            id="a module under another name",
        ),
        pytest.param(
            "from arraylake import repo\nisinstance(1, repo.Repo)\n",
            "import icechunk\nisinstance(1, icechunk.Repository)\n",
            id="the module itself",
        ),
        pytest.param(
            "from arraylake.types import CommitID, DBID\ndef f(x: CommitID, y: DBID): ...\n",
            "from arraylake.types import DBID\ndef f(x: str, y: DBID): ...\n",
            id="an alias of str, beside a class that stays",
        ),
        pytest.param(
            "from arraylake.exceptions import CommitFailedError\ntry:\n    f()\nexcept (CommitFailedError, "
            "KeyError):\n    pass\n",
            "import icechunk\ntry:\n    f()\nexcept (icechunk.ConflictError, icechunk.RebaseFailedError, KeyError):\n "
            "   pass\n",
            id="an exception that is caught",
        ),
        pytest.param(
            "from arraylake.exceptions import CommitFailedError\nretry(on=CommitFailedError)\n",
            "import icechunk\nretry(on=(icechunk.ConflictError, icechunk.RebaseFailedError))\n",
            id="an exception that is passed on",
        ),
        pytest.param(
            "try:\n    from arraylake.repo import Repo\nexcept ImportError:\n    Repo = None\ndef f(x: Repo): ...\n",
            "try:\n    from icechunk import Repository as Repo\nexcept ImportError:\n    Repo = None\ndef f(x: Repo): "
            "...\n",
            id="an import that may fail",
        ),
        pytest.param(
            "from arraylake import *\nc = Client()\nconfig\n",
            "from arraylake import Client, config\nc = Client()\nconfig\n",
            id="a star import",
        ),
        pytest.param(
            "from arraylake.types import RepoKind\n" + START + "Client().create_repo('o/r', kind=RepoKind.Icechunk)\n",
            START + "Client().create_repo('o/r')\n",
            id="an import that was only for a dropped argument",
        ),
    ],
)
def test_migration(becomes, before: str, after: str) -> None:
    becomes(before, after)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from git import Repo\ndef f(x: Repo): ...\n", id="the Repo of git"),
        pytest.param("from arraylake.types import Repo\ndef f(x: Repo): ...\n", id="the model in the catalogue"),
        pytest.param("from arraylake.types import DBID, RepoKind\nRepoKind\n", id="types that stay"),
        pytest.param("from arraylake.exceptions import AuthException\n", id="exceptions that stay"),
        pytest.param("from .repo import Repo\ndef f(x: Repo): ...\n", id="a relative import"),
        pytest.param("from arraylake.metastore import HttpMetastore\n", id="a module that stays"),
        pytest.param(START, id="an unused import"),
    ],
)
def test_nothing_to_do(stays, findings, code: str) -> None:
    stays(code)
    assert not findings(code)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from arraylake.repo import Repo\nRepo(1)\n", id="constructed"),
        pytest.param("from arraylake.repo import Repo\nclass R(Repo): ...\n", id="subclassed"),
        pytest.param(
            "from arraylake.repo import Repo\nRepo.from_metastore_and_chunkstore()\n", id="a member of the class"
        ),
        pytest.param("from arraylake.commits import CommitLog\nCommitLog\n", id="a class that is gone"),
        pytest.param("from arraylake.types import Tag\ndef f(x: Tag): ...\n", id="a type that is gone"),
        pytest.param(
            "import importlib\nimportlib.import_module('arraylake.repos.v1.repo')\n", id="a module by its name"
        ),
        pytest.param("from arraylake.exceptions import CommitFailedError\nraise CommitFailedError\n", id="raised"),
    ],
)
def test_by_hand(stays, findings, code: str) -> None:
    stays(code)
    assert {f.applicability for f in findings(code)} == {Applicability.MANUAL}
    assert all(f.instead for f in findings(code))


def test_types_wait_for_the_repos_of_the_file(stays) -> None:
    stays("""
        from arraylake.repo import Repo

        def f(repo: Repo):
            repo.join_session("token")
            repo.commit("x")
    """)
