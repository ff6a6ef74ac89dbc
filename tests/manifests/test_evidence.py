"""When a manifest changes at all, and to which line of versions."""

import pytest

from al_codemod.finding import Applicability
from al_codemod.manifests.migrate import migrate_manifest, project_target
from al_codemod.manifests.needs import Needs
from al_codemod.settings import Settings

from .support import ALONE, V1, check, codes, migrate

NOT_V1 = [
    ("requirements.txt", "zarr==2.18.2\nxarray<2024\nicechunk==0.1\n"),
    ("requirements.txt", "arraylake-client==0.1\n# arraylake==0.12\n"),
    ("requirements.txt", "arraylake>=1.7\nicechunk>=2.3\nzarr>=3.1\nxarray>=2024.10\n"),
    ("requirements.txt", "arraylake[icechunk]>=0.15\nzarr\n"),
    ("requirements.txt", "arraylake>=0.13\nzarr>=3\n"),
    ("requirements.txt", "arraylake==0.30\nzarr==3.0.8\n"),
    ("requirements.txt", "arraylake @ git+https://github.com/earth-mover/arraylake\n"),
    ("pyproject.toml", '[project]\nrequires-python = ">=3.9"\ndependencies = ["zarr<3"]\n'),
    ("pyproject.toml", '[project]\nname = "arraylake"\nversion = "0.12"\n'),
    ("pyproject.toml", '[project]\nrequires-python = ">=3.11"\ndependencies = ["arraylake>=1.0", "xarray>=2024"]\n'),
    ("setup.cfg", "[options]\ninstall_requires =\n    zarr<3\n"),
    ("environment.yml", "dependencies:\n- zarr=2.18\n- python=3.9\n"),
    ("Pipfile", '[packages]\nzarr = "<3"\n'),
    ("pixi.toml", '[dependencies]\nzarr = "2.*"\n'),
    ("Dockerfile", "FROM python:3.9\nRUN pip install zarr==2.18\n"),
    (".github/workflows/ci.yml", "run: pip install zarr==2.18\n"),
    ("setup.py", 'setup(install_requires=["zarr<3"])\n'),
    ("uv.lock", '[[package]]\nname = "zarr"\nversion = "2.18.2"\n'),
    ("poetry.lock", '[[package]]\nname = "arraylake"\nversion = "1.7.0"\n'),
]


@pytest.mark.parametrize(("path", "text"), NOT_V1)
def test_no_evidence_no_change(path: str, text: str) -> None:
    result = migrate_manifest(path, text, Settings(), Needs(imports=frozenset({"icechunk"})))
    assert result.text == text
    assert not result.findings


def test_naming_v1_is_evidence() -> None:
    check("requirements.txt", "arraylake==0.12\nzarr\n", "arraylake>=1.7\nzarr>=3.1\n", needs=ALONE)
    check("requirements.txt", "arraylake\n", "arraylake>=1.7\n", needs=ALONE)
    check("requirements.txt", "arraylake==0.14\nzarr==2.18\n", "arraylake>=1.7\nzarr>=3.1\n", needs=ALONE)


def test_zarr_2_is_evidence_only_next_to_v1_code() -> None:
    check("constraints.txt", "zarr==2.18.2\nxarray==2024.1\n", "zarr>=3.1\nxarray>=2025.6\n", needs=V1)
    check("docs/requirements.txt", "zarr\nxarray==2024.1\n", "zarr\nxarray==2024.1\n", needs=V1)


def test_what_contradicts_a_migrated_arraylake_is_left_from_a_migration() -> None:
    check(
        "requirements.txt",
        "arraylake>=1.7\nzarr<3\nnumpy<2\nxarray>=2024.10\n",
        "arraylake>=1.7\nzarr>=3.1\nnumpy>=2.0\nxarray>=2024.10\n",
        needs=ALONE,
    )
    before = 'FROM python:3.10\nRUN pip install "arraylake>=1.7"\n'
    assert codes(check("Dockerfile", before, before, needs=ALONE)) == ["AL904"]


def test_icechunk_is_added_only_where_the_code_imports_it() -> None:
    check("requirements.txt", "arraylake<1\n", "arraylake>=1.7\n", needs=Needs(v1_code=True))


@pytest.mark.parametrize(
    ("python", "line", "raised"),
    [
        (">=3.9", "arraylake>=1.7", ">=3.12"),
        (">=3.12", "arraylake>=1.7", ">=3.12"),
        (">=3.10,<3.13", "arraylake>=1.7", ">=3.12,<3.13"),
        (">=3.10,<3.12", "arraylake>=0.33,<1", ">=3.11,<3.12"),
        ("==3.11.*", "arraylake>=0.33,<1", "==3.11.*"),
        ("==3.9.*", "arraylake>=1.7", ">=3.12"),
        ("~=3.9", "arraylake>=1.7", ">=3.12"),
    ],
)
def test_the_line_fits_the_python_of_the_project(python: str, line: str, raised: str) -> None:
    text = '[project]\nrequires-python = "{}"\ndependencies = ["{}"]\n'
    result = check(
        "pyproject.toml", text.format(python, "arraylake==0.12"), text.format(raised, line), needs=Needs(v1_code=True)
    )
    assert ("AL905" in codes(result)) == ("<1" in line)
    assert ("AL904" in codes(result)) == (raised != python)


def test_python_rises_for_icechunk_1_too() -> None:
    text = '[project]\nrequires-python = "{}"\ndependencies = ["{}"]\n'
    before, after = text.format(">=3.9", "arraylake==0.12"), text.format(">=3.11", "arraylake>=0.33,<1")
    result = check("pyproject.toml", before, after, target="1", needs=ALONE)
    assert codes(result) == ["AL904", "AL901"]
    assert result.findings[0].applicability is Applicability.REVIEW


def test_one_manifest_that_is_held_decides_for_all() -> None:
    manifests = [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9"\n'),
        ("environment.yml", "dependencies: [python=3.11]\n"),
        ("Pipfile", "broken"),
    ]
    assert project_target(manifests, Settings()) == "1"
    assert project_target(manifests[:1], Settings()) == "2"
    assert project_target(manifests[2:], Settings()) is None
    needs = Needs(v1_code=True, target="1")
    result = check("requirements.txt", "arraylake<1\n", "arraylake>=0.33,<1\n", needs=needs)
    assert codes(result) == ["AL901", "AL905"]


def test_a_marker_that_no_python_fits() -> None:
    before = "arraylake==0.8; python_version < '3.10'\n"
    assert codes(check("requirements.txt", before, before, needs=ALONE)) == ["AL908"]


LOCKS = [
    ("poetry.lock", '[[package]]\nname = "arraylake"\nversion = "0.12.0"\n', "poetry lock"),
    ("uv.lock", '[[package]]\r\nname = "arraylake"\r\nversion = "0.12.0"\r\n', "uv lock"),
    ("pdm.lock", '[[package]]\nname = "arraylake"\nversion = "0.12.0"\n', "pdm lock"),
    ("pylock.dev.toml", '[[packages]]\nname = "arraylake"\nversion = "0.12.0"\n', "the command that wrote it"),
    ("Pipfile.lock", '{"default": {"arraylake": {"hashes": ["sha256:a"], "version": "==0.12.0"}}}', "pipenv lock"),
    ("conda-lock.yml", "package:\n- name: arraylake\n  version: 0.12.0\n  manager: conda\n", "conda-lock"),
    (
        "pixi.lock",
        "- conda: https://conda.anaconda.org/conda-forge/noarch/arraylake-0.12.0-pyhd8ed1ab_0.conda\n",
        "pixi lock",
    ),
]


@pytest.mark.parametrize(("path", "text", "command"), LOCKS)
def test_locks_are_pointed_at(path: str, text: str, command: str) -> None:
    result = migrate(path, text, needs=ALONE)
    assert result.text == text
    (finding,) = result.findings
    assert (finding.code, finding.applicability) == ("AL906", Applicability.MANUAL)
    assert command in finding.instead
    assert not migrate(path, text.replace("0.12.0", "1.7.0"), needs=ALONE).findings
