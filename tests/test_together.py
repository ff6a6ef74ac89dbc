"""What is found by different parts of the tool in one run: code, notebooks, documents, manifests, and comments about them."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from documents.support import notebook, sources

from al_codemod.cli import main
from al_codemod.finding import Declined
from al_codemod.outcome import FileOutcome, RunOutcome
from al_codemod.run import Analysis, run
from al_codemod.settings import Settings

Project = Callable[[Mapping[str, str | bytes]], Path]

HELPER = """\
def add(repo, name):
    repo.root_group.create_group(name)
"""
OPEN = "from arraylake import Client\nfrom helper import add\n\nrepo = Client().get_repo('a/b')"
USE = "add(repo, 'x')\nrepo.commit('x')"
IMAGE = """\
from arraylake import Client
image = base.pip_install("arraylake==0.12")  # al-codemod: ignore{codes}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Writes the files of a project, into what is then the current directory."""
    monkeypatch.chdir(tmp_path)

    def write(files: Mapping[str, str | bytes]) -> Path:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write


def file(outcome: RunOutcome, path: str) -> FileOutcome:
    return next(found for found in outcome.files if found.path == path)


def declined(outcome: RunOutcome, path: str, *codes: str) -> dict[str, Declined]:
    return {path: frozenset((f.code, f.span) for f in file(outcome, path).findings if f.code in codes)}


def test_a_notebook_changes_with_the_modules_that_it_imports(project: Project) -> None:
    directory = project({"helper.py": HELPER, "a.ipynb": notebook(OPEN, USE)})
    assert run(["."], Settings()).exit_code == 0
    assert "def add(repo, session, name):" in (directory / "helper.py").read_text()
    assert "add(repo, session, 'x')" in sources((directory / "a.ipynb").read_bytes())[1]


def test_the_lines_of_a_notebook_are_those_of_its_cells_in_messages_about_other_files(project: Project) -> None:
    project({"helper.py": HELPER, "a.ipynb": notebook(OPEN, USE)})
    outcome = run(["."], Settings(ignore=("AL201",)), write=False)
    messages = [finding.message for finding in file(outcome, "helper.py").findings]
    assert "not changed, because AL201 in cell 1, line 4 of a.ipynb is not selected" in messages
    messages = [finding.message for finding in file(outcome, "a.ipynb").findings]
    assert "not changed, because AL201 in cell 1, line 4 is not selected" in messages


def test_what_is_declined_in_a_notebook_stays_in_its_modules_too(project: Project) -> None:
    project({"helper.py": HELPER, "a.ipynb": notebook(OPEN, USE)})
    analysis = Analysis(["."], Settings(), jobs=1)
    first = analysis.outcome()
    again = analysis.outcome(declined(first, "a.ipynb", "AL201"))
    assert (first.summary.files_changed, again.summary.files_changed) == (2, 0)


def test_a_file_that_cannot_be_written_keeps_back_what_depends_on_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours, which have nothing to do with the broken part of it, are still migrated."""
    other = "\n\ndef length():\n    repo = arraylake.Client().get_repo('a/c')\n    return len(list(repo.commit_log))\n"
    project({"helper.py": "import arraylake\n\n\n" + HELPER + other, "a.ipynb": notebook(OPEN, USE)})

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no room")

    monkeypatch.setattr("al_codemod.documents.notebook.Notebook.splices", fail)
    outcome = run(["."], Settings(), jobs=1, write=False)
    assert "no room" in (file(outcome, "a.ipynb").error or "")
    helper = (file(outcome, "helper.py").new or b"").decode()
    assert "def add(repo, name):" in helper
    assert "ancestry(" in helper


@pytest.mark.parametrize("codes", ["", "[AL9]", "[AL901]"])
def test_a_comment_about_requirements_within_code_is_of_use(project: Project, codes: str) -> None:
    project({"image.py": IMAGE.format(codes=codes)})
    (finding,) = file(run(["."], Settings(), write=False), "image.py").findings
    assert (finding.code, finding.suppressed) == ("AL901", True)


def test_a_comment_of_no_use_beside_requirements_is_reported(project: Project) -> None:
    project({"image.py": IMAGE.format(codes="[AL2]")})
    found = {finding.code: finding.fixed for finding in file(run(["."], Settings(), write=False), "image.py").findings}
    assert found == {"AL001": False, "AL901": True}


def test_manifests_are_selected_and_declined_as_code_is(project: Project) -> None:
    project({"requirements.txt": "arraylake==0.12\nzarr<3\n", "a.py": "from arraylake import Client\n"})
    analysis = Analysis(["."], Settings(), jobs=1)
    first = analysis.outcome()
    assert file(first, "requirements.txt").new == b"arraylake>=1.7\nzarr>=3.1\n"
    found = file(first, "requirements.txt").findings
    some: dict[str, Declined] = {"requirements.txt": frozenset({(found[0].code, found[0].span)})}
    assert file(analysis.outcome(some), "requirements.txt").new == b"arraylake==0.12\nzarr>=3.1\n"
    ignored = run(["."], Settings(ignore=("AL9",)), write=False)
    assert (ignored.summary.files_changed, ignored.exit_code) == (0, 0)


def test_commands_in_a_notebook_are_selected_and_declined_as_code_is(project: Project) -> None:
    install, cli = "%pip install arraylake==0.12", "!arraylake auth logout --browser"
    project({"a.ipynb": notebook(install, cli)})
    analysis = Analysis(["."], Settings(), jobs=1)
    first = analysis.outcome()
    assert sources(file(first, "a.ipynb").new or b"")[0] == '%pip install "arraylake>=1.7"'
    again = file(analysis.outcome(declined(first, "a.ipynb", "AL901")), "a.ipynb")
    assert sources(again.new or again.old or b"")[0] == install
    ignored = run(["."], Settings(select=("AL2",)), write=False)
    assert (ignored.summary.files_changed, ignored.exit_code) == (0, 0)


@pytest.mark.parametrize("code", ["AL751", "AL901"])
def test_every_code_is_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--explain", code])
    assert f"ignore[{code}]" in capsys.readouterr().out


def test_the_report_is_the_same_in_every_process(project: Project) -> None:
    """The order of sets, which changes from process to process, decides nothing."""
    before = Path(__file__).parent.parent / "fixtures" / "projects" / "cli_argparse" / "before"
    project({file.name: file.read_bytes() for file in before.glob("*.py")})
    command = [sys.executable, "-m", "al_codemod", "--check", "."]
    reports = {
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=False).stdout
        for seed in "1234"
    }
    assert len(reports) == 1
    assert b"AL215" in reports.pop()
