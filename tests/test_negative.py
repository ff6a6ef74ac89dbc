"""Code that has nothing to do with Arraylake V1 keeps every byte, however much it looks like it."""

import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures_runtime import FIXTURES

from al_codemod.migrate import migrate
from al_codemod.outcome import ExitCode
from al_codemod.run import run
from al_codemod.settings import Settings
from al_codemod.source.prefilter import has_hint, has_proof
from al_codemod.source.text import decode

NEGATIVE = sorted((FIXTURES / "negative").iterdir())
PACKAGES = Path(sysconfig.get_path("purelib"))
LOOK_ALIKES = ("arraylake", "dask", "distributed", "icechunk", "numpy", "pandas", "xarray", "zarr")
LARGEST = 80_000
"""Bytes; some tests of xarray have half a megabyte, which takes seconds each."""
KNOWN = {"arraylake/metastore/__init__.py"}
"""Arraylake's own modules import names that count as V1 in any other project."""


def test_there_are_negative_fixtures() -> None:
    assert len(NEGATIVE) >= 25


def test_the_command_changes_no_byte_of_them(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIXTURES / "negative", tree)
    outcome = run([str(tree)], Settings(exclude=()), jobs=1)
    assert outcome.exit_code is ExitCode.DONE
    assert outcome.summary.files_scanned == len(NEGATIVE)
    assert outcome.files == ()
    for path in NEGATIVE:
        assert (tree / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_nothing_is_found_without_the_prefilter_either(path: Path) -> None:
    text = decode(str(path), path.read_bytes()).text
    migration = migrate(text, Settings(annotate=True))
    assert migration.text == text
    assert migration.findings == ()


@pytest.mark.parametrize("package", LOOK_ALIKES)
def test_packages_that_look_alike(package: str) -> None:
    files = list(candidates(package))
    assert files, "the package is not installed, or nothing of it was looked at"
    for path in files:
        text = path.read_text(encoding="utf-8")
        migration = migrate(text, Settings())
        assert migration.text == text, path
        assert not [f for f in migration.findings if f.fixed], path
        assert package == "arraylake" or not migration.findings, path


def candidates(package: str) -> Iterator[Path]:
    """The files that pass the prefilter, and a few that speak of stores and sessions."""
    others = 0
    for path in sorted((PACKAGES / package).rglob("*.py")):
        data = path.read_bytes()
        if len(data) > LARGEST or path.relative_to(PACKAGES).as_posix() in KNOWN:
            continue
        if has_proof(data) or has_hint(data):
            yield path
        elif others < 5 and (b".store" in data or b"session" in data or b"commit" in data):
            others += 1
            yield path
