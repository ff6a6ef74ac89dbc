"""Every V1 member in the table of facts ends as an edit or as a finding, or is as it was."""

import pytest

from al_codemod.rules import load
from al_codemod.rules.base import RULES
from al_codemod.surface.known import KNOWN_GOOD_ROWS
from al_codemod.surface.rows import rows
from al_codemod.surface.zarr.rows import zarr_rows

load()
CLAIMED = {row: rule.code for rule in RULES.values() for row in rule.rows}
KNOWN_GOOD = set(KNOWN_GOOD_ROWS.split())


def test_there_are_rows() -> None:
    assert len(rows()) == 179


@pytest.mark.parametrize("row", rows().values(), ids=lambda row: f"{row.id} {row.v1}")
def test_row_is_covered(row) -> None:
    assert row.id in CLAIMED or row.id in KNOWN_GOOD, f"nothing covers {row.id}: {row.v1}"


@pytest.mark.parametrize("code", sorted(RULES))
def test_rule_claims_rows_that_exist(code: str) -> None:
    assert set(RULES[code].rows) <= {*rows(), *zarr_rows()}


def test_known_good_rows_exist() -> None:
    assert set(rows()) >= KNOWN_GOOD
