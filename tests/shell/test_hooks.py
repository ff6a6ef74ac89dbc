"""The hooks in the real pre-commit, in real git repositories.

The hook is taken from a clone of this project, as users do. Only the environment that pre-commit would install for it is
left out (`language: unsupported`), because it needs a registry: `python -m pytest -m network` has a test with it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import git

ROOT = Path(__file__).parent.parent.parent
V1 = 'from arraylake import Client\n\nrepo = Client().get_repo("a/b")\nrepo.commit("c")\n'
HELPER = "def log(repo):\n    return [c.message for c in repo.commit_log]\n"


@pytest.fixture(scope="session")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with this project as it is now."""
    clone = tmp_path_factory.mktemp("tool") / "al-codemod"
    clone.mkdir()
    shutil.copytree(ROOT / "src", clone / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (".pre-commit-hooks.yaml", "action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, clone / name)
    git("init", "-q", "-b", "main", cwd=clone)
    git("add", ".", cwd=clone)
    git("commit", "-q", "-m", "tool", cwd=clone)
    return clone


class Project:
    """A repository of a user, with pre-commit."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        bin_ = home / "bin"
        bin_.mkdir(parents=True, exist_ok=True)
        script = bin_ / "al-codemod"
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m al_codemod "$@"\n')
        script.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "PRE_COMMIT_HOME": str(home / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "Somebody",
            "GIT_AUTHOR_EMAIL": "somebody@example.org",
            "GIT_COMMITTER_NAME": "Somebody",
            "GIT_COMMITTER_EMAIL": "somebody@example.org",
        }
        self.git("init", "-q", "-b", "main")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("git", *arguments)

    def pre_commit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pre_commit", *arguments)

    def configure(self, tool: Path, hook: str, **options: object) -> None:
        entry = {"id": hook, **options}
        config = {"repos": [{"repo": str(tool), "rev": git("rev-parse", "HEAD", cwd=tool).strip(), "hooks": [entry]}]}
        (self.path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", ".")

    def read(self, name: str) -> str:
        return (self.path / name).read_text()


@pytest.fixture
def user(tmp_path: Path) -> Project:
    path = tmp_path / "user"
    path.mkdir()
    return Project(path, tmp_path / "home")


LOCAL = {"language": "unsupported"}


def test_the_manifest_is_valid_and_its_file_types_exist() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    subprocess.run(command, check=True, capture_output=True)
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()):
        assert hook["require_serial"] is True
        assert {"python", "pyi", "jupyter", "markdown"} <= set(hook["types_or"])


def test_the_hook_fixes_and_lets_the_second_try_pass(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod", **LOCAL)
    user.write(a=V1, sub__b=V1, plain="x = 1\n")
    assert user.pre_commit("install").returncode == 0
    first = user.git("commit", "-m", "one")
    assert first.returncode == 1
    assert "files were modified by this hook" in first.stdout + first.stderr
    assert "session.commit" in user.read("a.py")
    assert "session.commit" in user.read("sub/b.py")
    user.git("add", ".")
    second = user.git("commit", "-m", "one")
    assert second.returncode == 0, second.stdout + second.stderr
    assert user.git("status", "--porcelain").stdout == ""


def test_the_check_changes_nothing_and_stays_red_until_it_is_done(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod-check", **LOCAL)
    user.write(a=V1)
    red = user.pre_commit("run", "--all-files")
    assert red.returncode == 1
    assert "2 edits to make in 1 file" in red.stdout
    assert user.read("a.py") == V1
    assert user.run("al-codemod", "a.py").returncode == 0
    assert user.pre_commit("run", "--all-files").returncode == 0


def test_what_is_not_staged_does_not_stop_the_hook_and_is_not_lost(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod", **LOCAL)
    user.write(a="x = 1\n" * 20 + V1, other="x = 1\n")
    (user.path / "other.py").write_text("x = 2  # not staged\n")
    assert user.pre_commit("run").returncode == 1
    assert "session.commit" in user.read("a.py")
    assert user.read("other.py") == "x = 2  # not staged\n"


def test_a_file_of_a_bigger_project_is_treated_as_in_the_whole(user: Project, tool: Path) -> None:
    """A helper that names no arraylake is looked at when pre-commit names it alone, as it is with all files."""
    user.configure(tool, "al-codemod-check", **LOCAL)
    user.write(helper=HELPER, main=V1)
    alone = user.pre_commit("run", "--files", "helper.py")
    everything = user.pre_commit("run", "--all-files")

    def about_helper(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("helper.py:")]

    assert about_helper(alone.stdout) == about_helper(everything.stdout)


def test_what_the_settings_exclude_stays_out(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod", **LOCAL)
    (user.path / "pyproject.toml").write_text('[tool.al-codemod]\nextend-exclude = ["legacy"]\n')
    user.write(legacy__a=V1)
    assert user.pre_commit("run", "--all-files").returncode == 0
    assert user.read("legacy/a.py") == V1


def test_arguments_of_the_user(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod-check", args=["--ignore", "AL2"], **LOCAL)
    user.write(a=V1)
    assert user.pre_commit("run", "--all-files").returncode == 0


@pytest.mark.network
def test_from_a_clone_with_an_environment_of_its_own(user: Project, tool: Path) -> None:
    user.configure(tool, "al-codemod")
    user.environment.pop("PYTHONPATH")
    user.environment["PATH"] = os.environ["PATH"]
    user.write(a=V1)
    first = user.pre_commit("run", "--all-files")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "session.commit" in user.read("a.py")
    assert user.pre_commit("run", "--all-files").returncode == 0


@pytest.mark.network
def test_tried_without_a_configuration(user: Project, tool: Path) -> None:
    user.environment.pop("PYTHONPATH")
    user.write(a=V1)
    assert user.pre_commit("try-repo", str(tool), "al-codemod-check", "--all-files").returncode == 1
