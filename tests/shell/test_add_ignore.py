"""Comments in place of edits."""

from pathlib import Path

import pytest

from al_codemod.add_ignore import with_comments
from al_codemod.finding import Applicability, Finding, Span

from .conftest import REAL, Cli


def finding(line: int, code: str = "AL701") -> Finding:
    return Finding(Span(line, 1, line, 2), code, "message", Applicability.MANUAL)


@pytest.mark.parametrize(
    ("before", "lines", "after"),
    [
        pytest.param("a()\nb()\n", [2], "a()\nb()  # al-codemod: ignore[AL701]\n", id="a line"),
        pytest.param(
            "a(\n  1,\n)\nb()\n",
            [1, 2],
            "a(\n  1,\n)  # al-codemod: ignore[AL701]\nb()\n",
            id="a statement of several lines",
        ),
        pytest.param("a = \\\n  1\n", [1], "a = \\\n  1  # al-codemod: ignore[AL701]\n", id="a continued line"),
        pytest.param("a('''\nx\n''')\n", [1], "a('''\nx\n''')  # al-codemod: ignore[AL701]\n", id="a long string"),
        pytest.param(
            "if a(\n  1\n):\n  b()\n", [1], "if a(\n  1\n):  # al-codemod: ignore[AL701]\n  b()\n", id="a header"
        ),
        pytest.param("a()  # why\n", [1], "a()  # why  # al-codemod: ignore[AL701]\n", id="beside a comment"),
        pytest.param(
            "a()  # al-codemod: ignore[AL2] why\n",
            [1],
            "a()  # al-codemod: ignore[AL2,AL701] why\n",
            id="into a comment",
        ),
        pytest.param("a()\r\nb()\r\n", [2], "a()\r\nb()  # al-codemod: ignore[AL701]\r\n", id="CRLF"),
        pytest.param("a()", [1], "a()  # al-codemod: ignore[AL701]", id="no final newline"),
        pytest.param("a()\x0c\nb()\n", [2], "a()\x0c\nb()  # al-codemod: ignore[AL701]\n", id="a form feed"),
        pytest.param("# a\n\n", [1], "# a\n\n", id="no statement"),
    ],
)
def test_where_a_comment_goes(before: str, lines: list[int], after: str) -> None:
    assert with_comments(before, [finding(line) for line in lines]) == after


def test_several_codes_in_one_comment() -> None:
    findings = [finding(1, "AL203"), finding(1, "AL101"), finding(1, "AL203")]
    assert with_comments("a()\n", findings) == "a()  # al-codemod: ignore[AL101,AL203]\n"


def test_a_check_passes_afterwards_and_nothing_else_has_changed(directory: Path, cli: Cli) -> None:
    path = directory / "a.py"
    path.write_text(REAL)
    assert cli("a.py", "--add-ignore").exit_code == 0
    lines = path.read_text().splitlines()
    assert [line.partition("  # al-codemod: ignore[")[0] for line in lines] == REAL.splitlines()
    result = cli("a.py", "--check", "--output-format", "concise")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    before = path.read_text()
    assert cli("a.py", "--add-ignore").exit_code == 0
    assert path.read_text() == before


def test_only_what_is_selected(directory: Path, cli: Cli) -> None:
    path = directory / "a.py"
    path.write_text(REAL)
    assert "ignore comments put into a.py" in cli("a.py", "--add-ignore", "--select", "AL7").stdout
    assert path.read_text().count("al-codemod") == 1
    assert cli("a.py").exit_code == 0
    assert 'two_session.commit("two")' in path.read_text()
