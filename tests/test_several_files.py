"""Files that are migrated together: what one of them needs of the others, and what happens where one cannot follow."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from al_codemod.narrow import FEW, narrowed
from al_codemod.outcome import RunOutcome
from al_codemod.run import run
from al_codemod.settings import Settings
from al_codemod.source.project import Group

Project = Callable[[Mapping[str, str]], Path]

MAIN = """\
from arraylake import Client

from pkg.groups import add


def main():
    repo = Client().get_repo("org/repo")
    add(repo, "levels")
    repo.commit("add levels")
"""
GROUPS = """\
def add(repo, name):
    repo.root_group.create_group(name)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Writes the files of a project, into what is then the current directory."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in {"pyproject.toml": "", **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    monkeypatch.chdir(tmp_path)
    return write


def texts(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*.py")}


def messages(outcome: RunOutcome) -> list[str]:
    return [finding.message for file in outcome.files for finding in file.findings if not finding.fixed]


def test_a_function_and_its_caller_change_together(project: Project) -> None:
    root = project({"pkg/__init__.py": "", "pkg/main.py": MAIN, "pkg/groups.py": GROUPS})
    outcome = run(["."], Settings(), jobs=1)
    assert not messages(outcome)
    after = texts(root)
    assert "add(repo, session, " in after["pkg/main.py"]
    assert "def add(repo, session, name):" in after["pkg/groups.py"]


@pytest.mark.parametrize(("named", "other"), [("main", "groups"), ("groups", "main")])
def test_a_file_alone_waits_for_those_that_change_with_it(project: Project, named: str, other: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/main.py": MAIN, "pkg/groups.py": GROUPS}
    root = project(files)
    outcome = run([f"pkg/{named}.py"], Settings(), jobs=1)
    assert texts(root) == files
    assert all(f"of {other}.py would have to change with it" in message for message in messages(outcome))
    assert messages(outcome)


def test_a_file_alone_changes_where_its_project_allows_it(project: Project) -> None:
    own = GROUPS + '    repo.commit(f"add {name}")\n'
    root = project(
        {
            "pkg/__init__.py": "",
            "pkg/main.py": MAIN.replace('    repo.commit("add levels")\n', ""),
            "pkg/groups.py": own,
        }
    )
    outcome = run(["pkg/groups.py"], Settings(), jobs=1)
    assert not messages(outcome)
    assert "def add(repo, name):\n    session = repo.writable_session" in texts(root)["pkg/groups.py"]


def test_what_is_suppressed_in_one_file_keeps_the_others_as_they_are(project: Project) -> None:
    suppressed = GROUPS.replace("group(name)", "group(name)  # al-codemod: ignore")
    files = {"pkg/__init__.py": "", "pkg/main.py": MAIN, "pkg/groups.py": suppressed}
    root = project(files)
    outcome = run(["."], Settings(), jobs=1)
    assert texts(root) == files
    assert any("line 2 of groups.py is left alone" in message for message in messages(outcome))


def test_a_broken_file_leaves_the_others_to_themselves(project: Project) -> None:
    root = project(
        {
            "pkg/__init__.py": "",
            "pkg/main.py": MAIN,
            "pkg/groups.py": GROUPS,
            "pkg/broken.py": "import arraylake, pkg.main\n(\n",
        }
    )
    outcome = run(["."], Settings(), jobs=1)
    assert [file.path for file in outcome.files if file.error] == ["pkg/broken.py"]
    assert "session" in texts(root)["pkg/main.py"]


def test_importers_that_touch_no_repo_are_left_out(project: Project) -> None:
    many = {f"user{n}.py": "from pkg.main import main, VERSION\nprint(VERSION)\n" for n in range(FEW)}
    callers = {"caller.py": "from pkg.groups import add\n\n\ndef both(repo):\n    add(repo, 'a')\n    add(repo, 'b')\n"}
    project({"pkg/__init__.py": "", "pkg/main.py": MAIN + "VERSION = 1\n", "pkg/groups.py": GROUPS, **many, **callers})
    core = ("pkg/__init__.py", "pkg/groups.py", "pkg/main.py")
    group = Group((*sorted((*many, *callers)), *core), (), 0, tuple(sorted((*many, *callers))))
    assert narrowed(group).paths == ("caller.py", *core)


COMPAT = """\
import zarr

if int(zarr.__version__.split(".")[0]) < 3:
    from .zarr2 import Missing, Store
else:
    from .zarr3 import Missing, Store
"""


def test_what_is_imported_for_one_version_of_zarr_only_is_for_that_version(project: Project) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/compat.py": COMPAT,
        "pkg/zarr2.py": "import zarr\n\nMissing = zarr.errors.PathNotFoundError\nStore = zarr.DirectoryStore\n",
        "pkg/zarr3.py": "import zarr\n\nMissing = FileNotFoundError\nStore = zarr.storage.LocalStore\n",
        "pkg/main.py": "from .compat import Missing, Store\n\ntry:\n    Store('a.zarr')\nexcept Missing:\n    pass\n",
    }
    root = project(files)
    outcome = run(["."], Settings(), jobs=1)
    assert texts(root) == files
    assert not outcome.files


def test_another_name_for_something_of_zarr_2_is_changed_where_it_is_given(project: Project) -> None:
    root = project(
        {
            "pkg/__init__.py": "",
            "pkg/names.py": "import zarr\n\nMissing = zarr.errors.PathNotFoundError\nStore = zarr.DirectoryStore\n",
            "pkg/main.py": "from .names import Missing, Store\n\ntry:\n    Store('a.zarr')\nexcept Missing:\n    pass\n",
        }
    )
    before = texts(root)
    run(["."], Settings(), jobs=1)
    after = texts(root)
    assert after["pkg/main.py"] == before["pkg/main.py"]
    assert "Store = zarr.storage.LocalStore\n" in after["pkg/names.py"]
