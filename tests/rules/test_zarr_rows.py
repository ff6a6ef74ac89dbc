"""Every row of the table from zarr 2 to zarr 3 ends as an edit or as a finding, or is as it was."""

from collections import Counter

import pytest

from al_codemod.rules import load
from al_codemod.rules.base import RULES
from al_codemod.surface.zarr.known import BY_RULES_ABOUT_REPOS, KNOWN_GOOD, ZARR_3_ONLY
from al_codemod.surface.zarr.rows import ZarrRow, zarr_rows

load()
CLAIMED = {row for rule in RULES.values() for row in rule.rows}
KNOWN = {*KNOWN_GOOD.split(), *ZARR_3_ONLY.split(), *BY_RULES_ABOUT_REPOS}


def test_there_are_rows() -> None:
    assert len(zarr_rows()) == 432


@pytest.mark.parametrize("row", zarr_rows().values(), ids=lambda row: row.id)
def test_row_is_covered(row: ZarrRow) -> None:
    assert row.id in CLAIMED or row.id in KNOWN, f"nothing covers {row.id}: {row.v2}"


def test_what_is_known_to_be_good_has_not_changed_in_silence() -> None:
    rows = zarr_rows()
    assert not [row for row in KNOWN_GOOD.split() if rows[row].silent]
    assert not [row for row in KNOWN_GOOD.split() if rows[row].status in {"removed", "renamed"}]


def test_no_row_is_named_twice() -> None:
    named = Counter([*KNOWN_GOOD.split(), *ZARR_3_ONLY.split(), *BY_RULES_ABOUT_REPOS])
    assert [row for row, times in named.items() if times > 1 or row in CLAIMED] == []


def test_names_that_exist() -> None:
    assert set(zarr_rows()) >= KNOWN
    assert set(RULES) >= set(BY_RULES_ABOUT_REPOS.values())
