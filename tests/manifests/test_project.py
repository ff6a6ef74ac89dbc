"""Manifests as part of a run."""

import codecs
from pathlib import Path

import pytest
from click.testing import CliRunner

from al_codemod.cli import main
from al_codemod.manifests.kinds import is_manifest, kind_of
from al_codemod.outcome import RunOutcome
from al_codemod.run import run
from al_codemod.settings import Settings

CODE = """\
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("a")
repo.commit("made")
"""
ANNOTATED = CODE.replace("import Client\n", "import Client\nfrom arraylake.repo import Repo\n").replace(
    "repo = ", "repo: Repo = "
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(tree: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def migrate(*paths: str, settings: Settings | None = None) -> RunOutcome:
    return run(paths or ["."], settings or Settings(), jobs=1)


@pytest.mark.parametrize(
    "path",
    """requirements.txt requirements-dev.txt dev-requirements.txt requirements/base.txt requirements.in constraints.txt
    pyproject.toml setup.cfg setup.py environment.yml environment-3.11.yaml ci/env.yml Pipfile pixi.toml Dockerfile
    docker/Dockerfile.gpu app.Dockerfile Containerfile .github/workflows/ci.yml .github/actions/x/action.yaml
    .gitlab-ci.yml .circleci/config.yml poetry.lock uv.lock pdm.lock Pipfile.lock conda-lock.yml pixi.lock pylock.toml
    REQUIREMENTS.TXT""".split(),
)
def test_manifests_by_name(path: str) -> None:
    assert is_manifest(path)


@pytest.mark.parametrize(
    "path",
    "notes.txt robots.txt mkdocs.yml requirements.md requirements.py docs/config.toml Makefile environment.py "
    "requirements.d/notes.txt setup_helper.py package-lock.json values.yaml".split(),
)
def test_what_is_none_by_name(path: str) -> None:
    assert not is_manifest(path)


def test_the_whole_project(tree: Path) -> None:
    write(
        tree,
        {
            "app/store.py": ANNOTATED,
            "requirements.txt": "arraylake==0.12\nzarr<3\n",
            "constraints.txt": "zarr==2.18.2\n",
            "setup.py": 'from setuptools import setup\n\nsetup(install_requires=["arraylake<1"])\n',
            "docs/environment.yml": "dependencies:\n- zarr=2.18\n- sphinx\n",
            "uv.lock": '[[package]]\nname = "arraylake"\nversion = "0.12.0"\n',
            "README.txt": "arraylake==0.12\n",
        },
    )
    outcome = migrate()
    assert "icechunk" in (tree / "app/store.py").read_text()
    assert (tree / "requirements.txt").read_text() == "arraylake>=1.7\nicechunk>=2.3\nzarr>=3.1\n"
    assert (tree / "constraints.txt").read_text() == "zarr>=3.1\n"
    assert '["arraylake>=1.7", "icechunk>=2.3"]' in (tree / "setup.py").read_text()
    assert (tree / "docs/environment.yml").read_text() == "dependencies:\n- zarr>=3.1\n- sphinx\n"
    assert (tree / "README.txt").read_text() == "arraylake==0.12\n"
    (left,) = [(file.path, f.code) for file in outcome.files for f in file.findings if not f.fixed]
    assert left == ("uv.lock", "AL906")
    assert migrate().summary.files_changed == 0


def test_icechunk_is_not_added_where_no_code_imports_it(tree: Path) -> None:
    write(tree, {"store.py": CODE, "requirements.txt": "arraylake<1\n"})
    migrate()
    assert "icechunk" not in (tree / "store.py").read_text()
    assert (tree / "requirements.txt").read_text() == "arraylake>=1.7\n"


def test_one_python_for_the_whole_project(tree: Path) -> None:
    write(
        tree,
        {
            "pyproject.toml": '[project]\nrequires-python = ">=3.9"\ndependencies = ["arraylake<1"]\n',
            "Dockerfile": 'FROM python:3.11\nRUN pip install "arraylake<1"\n',
            "app.py": 'image.pip_install("arraylake<1")\n',
        },
    )
    outcome = migrate()
    assert 'requires-python = ">=3.11"\ndependencies = ["arraylake>=0.33,<1"]' in (tree / "pyproject.toml").read_text()
    assert 'pip install "arraylake>=0.33,<1"' in (tree / "Dockerfile").read_text()
    assert (tree / "app.py").read_text() == 'image.pip_install("arraylake>=0.33,<1")\n'
    assert {f.code for file in outcome.files for f in file.findings if not f.fixed} == {"AL905"}


def test_included_files_are_followed_downwards(tree: Path) -> None:
    write(
        tree,
        {
            "app/requirements.txt": "-r deps/base.txt\n-c ../pins.txt\n-r missing.txt\n",
            "app/deps/base.txt": "--requirement=more.txt\narraylake<1\n",
            "app/deps/more.txt": "-r ../requirements.txt\narraylake<1\n",
            "pins.txt": "arraylake<1\n",
        },
    )
    migrate("app")
    assert (tree / "app/deps/base.txt").read_text().endswith("arraylake<1\n") is False
    assert (tree / "app/deps/more.txt").read_text().endswith("arraylake>=1.7\n")
    assert (tree / "pins.txt").read_text() == "arraylake<1\n"


def test_a_file_of_any_name_when_it_is_named(tree: Path) -> None:
    write(tree, {"pins.txt": "arraylake<1\n", "ci/py311.yml": "dependencies:\n- arraylake=0.12\n"})
    assert migrate(".").summary.files_scanned == 0
    migrate("pins.txt", "ci/py311.yml")
    assert (tree / "pins.txt").read_text() == "arraylake>=1.7\n"
    assert (tree / "ci/py311.yml").read_text() == "dependencies:\n- arraylake>=1.7\n"


def test_what_git_ignores_and_what_is_excluded_stays(tree: Path) -> None:
    write(tree, {".gitignore": "local/\n", "local/requirements.txt": "arraylake<1\n", "vendor/Pipfile": "arraylake"})
    (tree / ".git").mkdir()
    assert migrate(settings=Settings(extend_exclude=("vendor",))).summary.files_scanned == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_stay(tree: Path, encoding: str) -> None:
    cookie = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    before = (
        f"arraylake==0.12\n{cookie}# \u00fcber\nzarr<3\n"
        if not cookie
        else f"{cookie}# \u00fcber\narraylake==0.12\nzarr<3\n"
    )
    write(tree, {"requirements.txt": before.encode(encoding)})
    migrate()
    after = before.replace("==0.12", ">=1.7").replace("<3", ">=3.1")
    assert (tree / "requirements.txt").read_bytes() == after.encode(encoding)


def test_a_broken_manifest_is_an_error_and_the_others_go_on(tree: Path) -> None:
    write(
        tree,
        {"pyproject.toml": "[project\narraylake\n", "requirements.txt": "arraylake<1\n", "Pipfile": b"\xff arraylake"},
    )
    result = CliRunner().invoke(main, ["--isolated", "."])
    assert result.exit_code == 2
    assert "pyproject.toml:1:9: not valid TOML" in result.stderr
    assert "Pipfile:1:1: not valid utf-8" in result.stderr
    assert (tree / "requirements.txt").read_text() == "arraylake>=1.7\n"


def test_diff_and_check_write_nothing(tree: Path) -> None:
    write(tree, {"requirements.txt": codecs.BOM_UTF8 + b"arraylake<1\r\n"})
    result = CliRunner().invoke(main, ["--isolated", "--diff", "requirements.txt"])
    assert result.exit_code == 1
    assert "+\ufeffarraylake>=1.7\r\n" in result.stdout_bytes.decode()
    assert CliRunner().invoke(main, ["--isolated", "--check", "."]).exit_code == 1
    assert (tree / "requirements.txt").read_bytes() == codecs.BOM_UTF8 + b"arraylake<1\r\n"


def test_code_and_images_change_together(tree: Path) -> None:
    write(tree, {"app.py": 'image = modal.Image.debian_slim().pip_install("arraylake==0.12", "zarr<3")\n' + ANNOTATED})
    outcome = migrate()
    text = (tree / "app.py").read_text()
    assert '.pip_install("arraylake>=1.7", "icechunk>=2.3", "zarr>=3.1")' in text
    assert "session.commit" in text
    (file,) = outcome.files
    assert [f.span.line for f in file.findings if f.code.startswith("AL9")] == [1, 1, 1]
    assert [*file.findings] == sorted(file.findings, key=lambda f: (f.span, f.code))


def test_nothing_heavy_is_imported_to_know_a_manifest() -> None:
    import subprocess
    import sys

    code = "import sys, al_codemod.run; assert not {'packaging.version', 'ruamel.yaml', 'tomllib', 'libcst'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert kind_of("x.rst") is None
