"""Checks that tests of rules ask for by name."""

from collections.abc import Callable

import pytest

from al_codemod.finding import Finding
from rules.support import dedented, migrated


@pytest.fixture
def becomes() -> Callable[[str, str], None]:
    """Check what becomes of some code."""

    def check(before: str, after: str) -> None:
        assert migrated(before).text == dedented(after)

    return check


@pytest.fixture
def stays(becomes: Callable[[str, str], None]) -> Callable[[str], None]:
    """Check that some code does not change."""
    return lambda code: becomes(code, code)


@pytest.fixture
def findings() -> Callable[[str], list[Finding]]:
    """The findings in some code, in the order of the lines."""
    return lambda code: list(migrated(code).findings)
