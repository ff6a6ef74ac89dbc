"""For each row of the table from zarr 2 to zarr 3 a program: it becomes what was accepted, and does what it did on zarr 2."""

import pytest
from zarr_rows import Program, judge, programs, run_after

PROGRAMS = programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.id)
@pytest.mark.filterwarnings("ignore")
def test_row(program: Program) -> None:
    assert program.migration.text == program.after.read_text(encoding="utf-8")
    again = program.again()
    assert again.text == program.migration.text
    assert not [finding for finding in again.findings if finding.fixed]
    assert not judge(program, program.expected.read_text(encoding="utf-8"), run_after(program)).problems
