"""Sources that do not come as paths on the command line: standard input, and lists of files."""

from pathlib import Path

import pytest

from .conftest import NEW, OLD, Cli

BYHAND = "import arraylake\nBYHAND()\n"
BROKEN = "import arraylake as (\n"


@pytest.mark.parametrize(
    ("source", "options", "stdout", "code"),
    [
        pytest.param(OLD, [], NEW, 0, id="migrated"),
        pytest.param("x = 1\n", [], "x = 1\n", 0, id="nothing to do"),
        pytest.param("", [], "", 0, id="empty"),
        pytest.param(OLD + "BYHAND\n", [], NEW + "BYHAND\n", 1, id="work left"),
        pytest.param(BROKEN, [], BROKEN, 2, id="broken, comes out as it went in"),
        pytest.param(OLD, ["--check"], "", 1, id="checked"),
    ],
)
def test_filter(project: Path, cli: Cli, source: str, options: list[str], stdout: str, code: int) -> None:
    result = cli("-", *options, "-q", input=source)
    assert (result.stdout, result.exit_code) == (stdout, code)


def test_what_a_filter_has_to_say_goes_to_stderr(project: Path, cli: Cli) -> None:
    result = cli("-", "--stdin-filename", "pkg/a.py", input=BYHAND)
    assert result.stdout == BYHAND
    assert result.stderr.startswith("pkg/a.py:2:1 ALX001 [manual] BYHAND is no more\n")


def test_a_filter_keeps_every_byte_that_it_does_not_edit(project: Path, cli: Cli) -> None:
    source = b"\xef\xbb\xbfimport arraylake\r\nx = 'caf\xc3\xa9'; OLD\r\n"
    assert cli("-", input=source).stdout_bytes == source.replace(b"OLD", b"NEW")


def test_a_filter_can_show_a_diff(project: Path, cli: Cli) -> None:
    result = cli("-", "--diff", "--stdin-filename", "a.py", input=OLD)
    assert (result.stdout.splitlines()[:2], result.exit_code) == (["--- a/a.py", "+++ b/a.py"], 1)


def test_a_filter_with_data_beside_it(project: Path, cli: Cli) -> None:
    result = cli("-", "--output-format", "json", "--output-file", "out.json", input=OLD)
    assert result.stdout == NEW
    assert '"path": "<stdin>"' in (project / "out.json").read_text()


def test_a_filter_has_the_settings_of_the_file_and_leaves_out_what_is_forced_out(project: Path, cli: Cli) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "pyproject.toml").write_text('[tool.al-codemod]\nextend-exclude = ["gen"]\nsafe-only = true\n')
    risky = "import arraylake\nRISKY\n"
    assert cli("-", "-q", input=risky).stdout == risky.replace("RISKY", "BETTER")
    assert cli("-", "-q", "--stdin-filename", "sub/a.py", input=risky).stdout == risky
    assert cli("-", "-q", "--stdin-filename", "sub/gen/a.py", input=OLD).stdout == NEW
    assert cli("-", "-q", "--stdin-filename", "sub/gen/a.py", "--force-exclude", input=OLD).stdout == OLD


@pytest.mark.parametrize("separator", ["\n", "\0", "\r\n"])
def test_files_from_standard_input(project: Path, cli: Cli, separator: str) -> None:
    names = ["a.py", "b c.py"]
    for name in (*names, "other.py"):
        (project / name).write_text(OLD)
    assert cli("--files-from", "-", input=separator.join(names) + separator).exit_code == 0
    assert [(project / name).read_text() for name in (*names, "other.py")] == [NEW, NEW, OLD]


def test_a_name_with_a_line_break_needs_nul(project: Path, cli: Cli) -> None:
    (project / "a\nb.py").write_text(OLD)
    assert cli("--files-from", "-", input="a\nb.py\0").exit_code == 0
    assert (project / "a\nb.py").read_text() == NEW


def test_files_from_a_file_and_from_the_command_line(project: Path, cli: Cli) -> None:
    for name in ("a.py", "b.py"):
        (project / name).write_text(OLD)
    (project / "list").write_text("a.py\n")
    assert cli("b.py", "--files-from", "list").exit_code == 0
    assert (project / "a.py").read_text() == (project / "b.py").read_text() == NEW


def test_no_files_are_no_work(project: Path, cli: Cli) -> None:
    (project / "a.py").write_text(OLD)
    result = cli("--files-from", "-", input="")
    assert (result.exit_code, result.stdout) == (0, "no Python files and no manifests found: nothing was looked at\n")
    assert (project / "a.py").read_text() == OLD


def test_a_list_that_is_missing(project: Path, cli: Cli) -> None:
    result = cli("--files-from", "gone")
    assert (result.exit_code, "--files-from gone: no such file or directory" in result.stderr) == (2, True)
