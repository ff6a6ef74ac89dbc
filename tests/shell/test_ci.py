"""CI: the action, the snippets of the README, and the recipe for many repositories. Executed, or held against a schema."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import git

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
V1 = 'from arraylake import Client\n\nrepo = Client().get_repo("a/b")\nrepo.commit("c")\n'


def snippet(first_line: str) -> str:
    """The code block of the README that begins with a line."""
    found = re.search(rf"^```\w+\n({re.escape(first_line)}\n.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, first_line
    return found[1]


def is_valid(schema: str, text: str, directory: Path) -> None:
    """Check a document against one of the schemas that check-jsonschema brings along."""
    path = directory / "document.yml"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which `al-codemod` is this project, as if it were installed, for a shell and for a runner of actions."""
    bin_ = tmp_path / "runner" / "al-codemod" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "al-codemod").write_text(f'#!/bin/sh\nexec {sys.executable} -m al_codemod "$@"\n')
    (bin_ / "al-codemod").chmod(0o755)
    return os.environ | {
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "RUNNER_TEMP": str(tmp_path / "runner"),
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Somebody",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "somebody@example.org",
    }


def shell(script: str, environment: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as the runners do: stop at the first command that fails."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


# -- the action


ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def test_the_action_is_valid(tmp_path: Path) -> None:
    is_valid("github-actions", (ROOT / "action.yml").read_text(), tmp_path)


def run_action(environment: dict[str, str], cwd: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The step of the action that checks, with inputs filled in as GitHub does it."""
    step = next(step for step in ACTION["runs"]["steps"] if step.get("name") == "Check")
    values = {name: entry["default"] for name, entry in ACTION["inputs"].items()} | inputs
    filled = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: values[found[1]], value)
        for name, value in step["env"].items()
    }
    assert "${{" not in step["run"], "inputs in a script would be run as code"
    return shell(step["run"], environment | filled, cwd)


def test_the_action_annotates_and_reports(directory: Path, environment: dict[str, str]) -> None:
    (directory / "my src").mkdir()
    (directory / "my src" / "a.py").write_text(V1)
    inputs = {"paths": "my src\n", "args": "--ignore\nAL201\n", "report": "page.html", "sarif": "out.sarif"}
    done = run_action(environment, directory, **inputs)
    assert done.returncode == 1, done.stderr
    assert "::error title=al-codemod AL202,file=my src/a.py,line=4,col=1" in done.stdout
    assert "<h1>" in (directory / "page.html").read_text()
    assert json.loads((directory / "out.sarif").read_text())["version"] == "2.1.0"


def test_the_action_is_red_and_then_green(directory: Path, environment: dict[str, str]) -> None:
    (directory / "a.py").write_text(V1)
    assert run_action(environment, directory).returncode == 1
    assert sorted(os.listdir(directory)) == ["a.py"]
    assert shell("al-codemod .", environment, directory).returncode == 0
    done = run_action(environment, directory)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_action_installs_what_it_is_part_of() -> None:
    (install,) = (step["run"] for step in ACTION["runs"]["steps"] if step.get("name") == "Install")
    assert '"$GITHUB_ACTION_PATH"' in install
    assert '"$RUNNER_TEMP/al-codemod/bin/' in install


# -- the snippets


def commands(section: str) -> list[str]:
    """The commands in the first console of a section of the README, without what is said about them."""
    found = re.search(rf"^## {section}\n.*?^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, section
    return [line.removeprefix("$ ").split("  #")[0].strip() for line in found[1].splitlines()]


def test_the_way_of_a_newcomer(directory: Path, environment: dict[str, str]) -> None:
    git("init", "-q")
    (directory / "a.py").write_text(V1)
    git("add", ".")
    git("commit", "-q", "-m", "before")
    codes = [
        (command, shell(command, environment, directory).returncode) for command in commands("In your own project")
    ]
    assert [code for _, code in codes] == [1, 1, 0, 0, 0, 0], codes
    assert "session.commit" in git("show", "HEAD:a.py")
    assert (directory / "migration.html").exists()


def test_the_commands_of_daily_use(directory: Path, environment: dict[str, str]) -> None:
    for name in ("src", "scripts"):
        (directory / name).mkdir()
    for command in commands("Use"):
        (directory / "src" / "a.py").write_text(V1)
        done = shell(f"{command} </dev/null", environment, directory)
        assert done.returncode in (0, 1), (command, done.stderr)
        assert "Usage:" not in done.stderr


def test_the_workflow(tmp_path: Path) -> None:
    text = snippet("# .github/workflows/migration.yml")
    is_valid("github-workflows", text, tmp_path)
    steps = yaml.safe_load(text)["jobs"]["al-codemod"]["steps"]
    (ours,) = (step for step in steps if "al-codemod@" in step["uses"])
    assert set(ours["with"]) <= set(ACTION["inputs"])
    uploads = [value for step in steps for key, value in step.get("with", {}).items() if key in ("path", "sarif_file")]
    assert uploads == [ours["with"]["report"], ours["with"]["sarif"]]


def test_the_gitlab_job(directory: Path, environment: dict[str, str], tmp_path: Path) -> None:
    text = snippet("# .gitlab-ci.yml")
    is_valid("gitlab-ci", text, tmp_path)
    job = yaml.safe_load(text)["al-codemod"]
    install, check = job["script"]
    assert install.startswith("pip install git+https://")
    (directory / "a.py").write_text(V1)
    assert shell(check, environment, directory).returncode == 1
    report = json.loads((directory / job["artifacts"]["reports"]["codequality"]).read_text())
    assert [issue["check_name"] for issue in report] == ["AL201", "AL202"]
    shell("al-codemod .", environment, directory)
    assert shell(check, environment, directory).returncode == 0


def test_the_plain_shell(directory: Path, environment: dict[str, str]) -> None:
    anywhere, in_a_branch = snippet("al-codemod --check .").splitlines()
    origin = directory / "origin"
    origin.mkdir()
    git("init", "-q", "-b", "main", cwd=origin)
    (origin / "old.py").write_text(V1)
    (origin / "gone.py").write_text(V1)
    git("add", ".", cwd=origin)
    git("commit", "-q", "-m", "old", cwd=origin)
    git("clone", "-q", "origin", "work", cwd=directory)
    work = directory / "work"
    (work / "new.py").write_text("x = 1\n")
    (work / "gone.py").unlink()
    git("add", ".", cwd=work)
    git("commit", "-q", "-m", "new", cwd=work)
    assert shell(anywhere, environment, work).returncode == 1
    assert shell(in_a_branch, environment, work).returncode == 0, "what is old stays out of it"
    (work / "new.py").write_text(V1)
    git("commit", "-q", "-a", "-m", "V1 again", cwd=work)
    assert shell(in_a_branch, environment, work).returncode == 1


def test_the_hook_configuration(tmp_path: Path) -> None:
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(snippet("# .pre-commit-config.yaml"))
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", str(path)], check=True, capture_output=True)
    (repo,) = yaml.safe_load(path.read_text())["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == ["al-codemod"]


# -- many repositories


def test_the_fleet_recipe(directory: Path, environment: dict[str, str]) -> None:
    """Three repositories: one with V1 code, one with a file that does not parse, one that has nothing to do with it."""
    sources = {
        "v1": {"a.py": V1, "b.py": V1 + 'repo.filter_metadata("x")\n'},
        "broken": {"a.py": V1 + "(\n"},
        "other": {"a.py": "x = 1\n"},
    }
    for name, files in sources.items():
        path = directory / "remotes" / name
        path.mkdir(parents=True)
        git("init", "-q", "-b", "main", cwd=path)
        for file, text in files.items():
            (path / file).write_text(text)
        git("add", ".", cwd=path)
        git("commit", "-q", "-m", "before", cwd=path)
    (directory / "repos.json").write_text(json.dumps({name: str(directory / "remotes" / name) for name in sources}))
    config = {
        "output_dir": "clones",
        "source": "all_repos.source.json_file",
        "source_settings": {"filename": "repos.json"},
        "push": "pushes",
        "push_settings": {},
    }
    (directory / "pushes.py").write_text(
        "import subprocess\n\n"
        "class Settings:\n    def __init__(self, **_):\n        pass\n\n"
        "def push(settings, branch_name):\n    subprocess.check_call(('git', 'push', '-q', 'origin', f'HEAD:{branch_name}'))\n"
    )
    (directory / "all-repos.json").write_text(json.dumps(config))
    (directory / "all-repos.json").chmod(0o600)
    environment["PYTHONPATH"] += os.pathsep + str(directory)
    run = f"{sys.executable} -m all_repos.clone --config-filename all-repos.json --jobs 1 && "
    run += f"{sys.executable} {ROOT}/recipes/all_repos_autofix.py --config-filename all-repos.json"
    done = shell(run, environment, directory)
    assert done.returncode == 0, done.stdout + done.stderr

    def branches(name: str) -> set[str]:
        return set(git("branch", "--format=%(refname:short)", cwd=directory / "remotes" / name).split())

    assert branches("other") == branches("broken") == {"main"}
    assert branches("v1") == {"main", "all-repos_autofix_al-codemod"}
    shown = git("show", "all-repos_autofix_al-codemod", cwd=directory / "remotes" / "v1")
    assert "Migrate from Arraylake V1 to Icechunk and zarr 3" in shown
    assert 'session.commit("c")' in shown
    assert "+# TODO(al-codemod AL701): " in shown
    assert "a.py:5:1: does not parse" in done.stdout + done.stderr
