"""For each row of the table from zarr 2 to zarr 3 a program: it becomes what was accepted, and does what it did on zarr 2."""

import pytest
from zarr_rows import REPOS, Program, judge, programs, run_after, unspoken

from al_codemod.surface.zarr.rows import zarr_rows

PROGRAMS = programs()
NO_PROGRAM = "Z101 Z104 Z338 Z384 Z393 Z412 Z413 Z414 Z415 Z418 Z431"
"""Rows about what neither zarr 2 nor V1 has: no program of theirs can meet it."""


def test_every_row_has_a_program() -> None:
    found = {program.id for program in (*PROGRAMS, *programs(REPOS))}
    assert found == set(zarr_rows()) - set(NO_PROGRAM.split())


def test_nothing_is_different_without_a_word() -> None:
    assert not [program.id for program in (*PROGRAMS, *programs(REPOS)) if unspoken(program)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
@pytest.mark.filterwarnings("ignore")
def test_row(program: Program) -> None:
    assert program.migration.text == program.after.read_text(encoding="utf-8")
    again = program.again()
    assert again.text == program.migration.text
    assert not [finding for finding in again.findings if finding.fixed]
    assert not judge(program, program.expected.read_text(encoding="utf-8"), run_after(program)).problems
