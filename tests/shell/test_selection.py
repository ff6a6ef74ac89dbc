"""Which codes are looked for, and what happens to the edits that belong to those left out."""

from pathlib import Path

import pytest

from al_codemod.wanted import is_selected

from .conftest import REAL, Cli


@pytest.mark.parametrize(
    ("select", "ignore", "selected"),
    [
        ((), (), True),
        (("AL",), (), True),
        (("AL2",), (), True),
        (("AL203",), (), True),
        (("AL7",), (), False),
        (("AL2031",), (), False),
        ((), ("AL2",), False),
        ((), ("AL7",), True),
        (("AL203",), ("AL2",), True),
        (("AL2",), ("AL203",), False),
        (("AL2",), ("AL2",), False),
        (("AL7", "AL20"), ("AL2",), True),
    ],
)
def test_the_longest_beginning_decides(select: tuple[str, ...], ignore: tuple[str, ...], selected: bool) -> None:
    assert is_selected("AL203", select, ignore) is selected


def test_only_what_is_selected_is_reported(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    result = cli("a.py", "--select", "AL7", "--output-format", "concise")
    assert result.exit_code == 1
    first, last = result.stdout.splitlines()
    assert first.startswith("a.py:11:1 AL701 [manual] ")
    assert (
        last
        == "1 file scanned, 1 with Arraylake V1, 0 edits in 0 files, 0 to review, 1 to do by hand, 6 not selected, 0 failed"
    )
    assert (directory / "a.py").read_text() == REAL


def test_after_a_run_that_writes_lines_are_those_of_the_new_file(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    first = cli("a.py").stdout
    lines = (directory / "a.py").read_text().splitlines()
    number = lines.index('two.filter_metadata("c")') + 1
    assert number != REAL.splitlines().index('two.filter_metadata("c")') + 1
    assert first.startswith(f"a.py:{number}:1 AL701 ")
    assert f"    {number} | two.filter_metadata" in first
    assert f"a.py, line {number}\n" in first
    assert cli("a.py").stdout.splitlines()[0] == first.splitlines()[0]


def test_what_is_ignored_is_no_work_left(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    assert cli("a.py").exit_code == 1
    assert cli("a.py", "--ignore", "AL7").exit_code == 0


def test_an_edit_stays_with_one_that_is_not_selected(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    result = cli("a.py", "--ignore", "al202,AL7", "--output-format", "concise")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "a.py:3:7 AL201 [manual] not changed, because AL202 in line 5 is not selected",
        "a.py:4:1 AL402 [manual] not changed, because AL202 in line 5 is not selected",
    ]
    assert (directory / "a.py").read_text() == REAL


def test_options_and_settings_together(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    (directory / "pyproject.toml").write_text('[tool.al-codemod]\nselect = ["AL7"]\n')
    assert "AL701" in cli("a.py", "--check").stdout
    assert "1 edit" not in cli("a.py", "--check").stdout
    assert cli("a.py", "--check", "--ignore", "AL7").exit_code == 0
    assert "6 edits to make" in cli("a.py", "--check", "--select", "AL").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--select", "AL999"], 'no rule has the code AL999 (did you mean "AL909"?); see --list-rules'),
        (["--ignore", "AL2,zzz"], "no rule has the code ZZZ; see --list-rules"),
    ],
)
def test_a_code_that_there_is_not(directory: Path, cli: Cli, options: list[str], message: str) -> None:
    result = cli(".", *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_patterns_on_the_command_line(project: Path, cli: Cli) -> None:
    for name in ("a.py", "b.py", "c.txt", "gen/d.py"):
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("import arraylake\nOLD\n")
    cli(".", "--exclude", "gen", "--exclude", "b.py")
    assert [path.name for path in sorted(project.rglob("*.*")) if "NEW" in path.read_text()] == ["a.py"]
    cli(".", "--include", "*.txt")
    assert "NEW" in (project / "c.txt").read_text()
    assert "NEW" not in (project / "b.py").read_text()


def test_what_is_excluded_can_be_named_unless_it_is_forced_out(project: Path, cli: Cli) -> None:
    (project / "build").mkdir()
    path = project / "build" / "a.py"
    path.write_text("import arraylake\nOLD\n")
    cli("build/a.py", "--force-exclude")
    cli("build", "--force-exclude")
    assert "OLD" in path.read_text()
    cli("build/a.py")
    assert "NEW" in path.read_text()
