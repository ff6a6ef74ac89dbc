"""The table of versions, against the libraries that are installed."""

import importlib.metadata
import sys

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from al_codemod.manifests.codes import CODES
from al_codemod.manifests.versions import LINES, PACKAGES

LINE = LINES["2" if sys.version_info >= (3, 12) else "1"]


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_the_installed_versions_are_admitted(name: str) -> None:
    assert SpecifierSet(LINE.packages[name].constraint).contains(importlib.metadata.version(name))


def test_the_running_python_is_admitted() -> None:
    assert SpecifierSet(LINE.python.constraint).contains(".".join(map(str, sys.version_info[:2])))


@pytest.mark.parametrize("package", ["arraylake", "icechunk", "zarr"])
def test_what_the_libraries_need_is_what_the_table_says(package: str) -> None:
    """Whatever is at the floor of the table is admitted by what the installed libraries say of each other."""
    for text in importlib.metadata.requires(package) or ():
        needed = Requirement(text)
        bound = LINE.packages.get(needed.name)
        if bound is not None and (needed.marker is None or needed.marker.evaluate({"extra": ""})):
            floors = (bound.floor, f"{bound.floor}.99")
            assert any(needed.specifier.contains(floor) for floor in floors), (needed, bound)


def test_both_lines_know_the_same_packages() -> None:
    assert {*LINES["1"].packages} == {*LINES["2"].packages}


def test_codes_explain_themselves() -> None:
    for code in CODES.values():
        assert code.code.startswith("AL9")
        assert code.name.replace("-", "").isalnum()
        assert code.explanation.endswith(".")
