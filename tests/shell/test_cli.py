import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from al_codemod import __version__
from al_codemod import migrate as migration

from .conftest import NEW, OLD, REAL, Cli, fake_propose

PLAIN = "x = 1\n"
RISKY = "import arraylake\nRISKY()\n"
BYHAND = "import arraylake\nBYHAND()\n"
HUSHED = "import arraylake\nHUSHED()\n"
BROKEN = "import arraylake as (\n"
UNUSED = "import arraylake  # al-codemod: ignore\n"

EXIT_CODES = [
    # id, files, options, exit code
    ("nothing to do", {"a.py": PLAIN}, [], 0),
    ("nothing to do, checked", {"a.py": PLAIN}, ["--check"], 0),
    ("nothing to do, diff", {"a.py": PLAIN}, ["--diff"], 0),
    ("an empty directory", {}, [], 0),
    ("a broken file without V1", {"a.py": "x = (\n"}, [], 0),
    ("edits made", {"a.py": OLD}, [], 0),
    ("edits to review made", {"a.py": RISKY}, [], 0),
    ("edits pending", {"a.py": OLD}, ["--check"], 1),
    ("edits pending, shown", {"a.py": OLD}, ["--diff"], 1),
    ("edits pending, as JSON", {"a.py": OLD}, ["--check", "--output-format", "json"], 1),
    ("edits left out", {"a.py": RISKY}, ["--safe-only"], 1),
    ("work by hand", {"a.py": BYHAND}, [], 1),
    ("work by hand, checked", {"a.py": BYHAND}, ["--check"], 1),
    ("edits made, work by hand left", {"a.py": OLD, "b.py": BYHAND}, [], 1),
    ("suppressed work", {"a.py": HUSHED}, [], 0),
    ("suppressed work, checked", {"a.py": HUSHED}, ["--check"], 0),
    ("a broken file", {"a.py": BROKEN}, [], 2),
    ("a broken file, checked", {"a.py": BROKEN, "b.py": OLD}, ["--check"], 2),
    ("a broken file beside work by hand", {"a.py": BROKEN, "b.py": BYHAND}, [], 2),
    ("a crash", {"a.py": "import arraylake\nCRASH\n"}, [], 2),
    ("a broken result", {"a.py": "import arraylake\nBREAK\n"}, [], 2),
    ("edits put off", {"a.py": REAL}, ["--interactive", "--ignore", "AL7"], 1),
    ("edits not selected", {"a.py": REAL}, ["--ignore", "AL"], 0),
    ("edits made, work by hand not selected", {"a.py": REAL}, ["--ignore", "AL7"], 0),
    ("edits that wait for one that is not selected", {"a.py": REAL}, ["--select", "AL4"], 1),
    ("work put off by comments", {"a.py": REAL}, ["--add-ignore"], 0),
    ("a comment that suppresses nothing", {"a.py": UNUSED}, ["--check"], 1),
    ("the same, not selected", {"a.py": UNUSED}, ["--ignore", "AL0"], 0),
    ("edits pending, with a page", {"a.py": OLD}, ["--check", "--report", "page.html"], 1),
    *(
        (f"edits pending, as {name}", {"a.py": OLD}, ["--check", "--output-format", name], 1)
        for name in ("full", "concise", "sarif", "github", "gitlab", "junit")
    ),
    ("a report that cannot be written", {"a.py": PLAIN}, ["-o", "gone/report"], 2),
    ("a code that there is not", {"a.py": PLAIN}, ["--select", "XY1"], 2),
    ("modes that exclude each other", {"a.py": PLAIN}, ["--interactive", "--diff"], 2),
    ("a missing path", {"a.py": PLAIN}, ["nowhere"], 2),
    ("an unknown option", {"a.py": PLAIN}, ["--chek"], 2),
    ("a wrong value", {"a.py": PLAIN}, ["--target", "3"], 2),
    ("no version", {"a.py": PLAIN}, ["--target", "two"], 2),
    ("a version of zarr that is too old", {"a.py": PLAIN}, ["--target-zarr", "2.18.7"], 2),
    ("options that exclude each other", {"a.py": PLAIN}, ["--isolated", "--config", "x.toml"], 2),
    ("wrong settings", {"a.py": PLAIN, "pyproject.toml": "[tool.al-codemod]\ntarget = 2\n"}, [], 2),
    (
        "wrong settings, isolated",
        {"a.py": PLAIN, "pyproject.toml": "[tool.al-codemod]\ntarget = 2\n"},
        ["--isolated"],
        0,
    ),
]


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize(("files", "options", "code"), [pytest.param(*row, id=name) for name, *row in EXIT_CODES])
def test_exit_code(
    directory: Path,
    cli: Cli,
    files: dict[str, str],
    options: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not {REAL, UNUSED} & set(files.values()):
        monkeypatch.setattr(migration, "propose", fake_propose)
    write(directory, files)
    assert cli(".", *options).exit_code == code


def test_no_path_is_a_usage_error(project: Path, cli: Cli) -> None:
    assert cli().exit_code == 2


@pytest.mark.parametrize(
    "options", [["--check"], ["--diff"], ["--check", "--diff"], ["--check", "--output-format", "json"]]
)
def test_nothing_is_written_when_only_asked(project: Path, cli: Cli, options: list[str]) -> None:
    write(project, {"a.py": OLD})
    cli(".", *options)
    assert (project / "a.py").read_text() == OLD
    assert os.listdir(project) == ["a.py"]


def test_a_missing_path_stops_before_any_change(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD})
    result = cli("a.py", "nowhere.py")
    assert "nowhere.py: no such file or directory" in result.stderr
    assert (project / "a.py").read_text() == OLD


def test_no_bad_file_stops_the_others(project: Path, cli: Cli) -> None:
    write(
        project,
        {
            "a.py": OLD,
            "b/syntax.py": BROKEN,
            "c/crash.py": "import arraylake\nCRASH\n",
            "d/deep.py": "import arraylake\nENDLESS\n",
            "e/nested.py": "import arraylake\nx = " + "-" * 50_000 + "1\n",
            "f/null.py": "import arraylake\nx = '\0'\n",
            "g/result.py": "import arraylake\nBREAK\n",
            "z.py": OLD,
        },
    )
    (project / "h.py").write_bytes(b"import arraylake\nx = '\xe9'\n")
    result = cli(".")
    broken_result = (
        "internal error, please report it: the migrated code does not parse: invalid syntax (its line 2); left alone"
    )
    assert re.sub(r"conftest.py:\d+", "conftest.py:LINE", result.stderr).splitlines() == [
        "b/syntax.py:1:21: does not parse: invalid syntax",
        "c/crash.py:1:1: internal error, please report it: LookupError: no such thing (conftest.py:LINE)",
        "d/deep.py:1:1: nests too deep to be analysed",
        "e/nested.py:1:1: nests too deep to be analysed",
        "f/null.py:2:6: source code cannot contain null bytes",
        f"g/result.py:1:1: {broken_result}",
        "h.py:2:6: not valid utf-8: invalid continuation byte",
    ]
    assert (project / "a.py").read_text() == (project / "z.py").read_text() == NEW
    assert (project / "g/result.py").read_text() == "import arraylake\nBREAK\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            b"\xef\xbb\xbfimport arraylake\r\nOLD\r\n", b"\xef\xbb\xbfimport arraylake\r\nNEW\r\n", id="BOM and CRLF"
        ),
        pytest.param(
            b"# coding: latin-1\narraylake = '\xe9', OLD", b"# coding: latin-1\narraylake = '\xe9', NEW", id="latin-1"
        ),
        pytest.param(b"if arraylake:\r\tOLD\x0c\r", b"if arraylake:\r\tNEW\x0c\r", id="CR, tab and form feed"),
    ],
)
def test_only_the_edit_changes(project: Path, cli: Cli, before: bytes, after: bytes) -> None:
    (project / "a.py").write_bytes(before)
    assert cli(".").exit_code == 0
    assert (project / "a.py").read_bytes() == after


def test_text_report(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD + "  # RISKY\n", "b.py": BYHAND + "HUSHED\n", "c.py": PLAIN})
    result = cli(".")
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "a.py:3:5 ALX001 [review] RISKY is no more",
        "b.py:2:1 ALX001 [manual] BYHAND is no more",
        "    2 | BYHAND()",
        "      | ^^^^^^",
        "    instead: write this",
        "             and that",
        "migrated a.py",
        "",
        "    Found  Arraylake V1 in 2 of 3 files",
        "     Done  2 edits in 1 file, 1 of them worth a look",
        "     Left  1 place to do by hand, in 1 file",
        "           b.py, line 2",
        "     Next  read `git diff`, then run your tests",
        "           `al-codemod --explain ALX001` says more about a code",
        "3 files scanned, 2 with Arraylake V1, 2 edits in 1 file, 1 to review, 1 to do by hand, 1 suppressed, 0 failed",
    ]


def test_verbose_lists_the_safe_edits_and_what_is_suppressed(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD + "HUSHED\n"})
    lines = cli(".", "-v").stdout.splitlines()
    assert lines[0] == "a.py:2:1 ALX001 [safe] OLD is no more"
    assert lines[1] == "a.py:3:1 ALX001 [manual] HUSHED is no more (suppressed)"


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"a.txt": ""}, "no Python files and no manifests found: nothing was looked at"),
        ({"a.py": PLAIN}, "1 file scanned, no use of Arraylake V1 found"),
        (
            {"a.py": BROKEN, "b.py": PLAIN},
            "2 files scanned, 1 file failed (see the errors), no use of Arraylake V1 found in the others",
        ),
    ],
)
def test_the_closing_line_is_honest(project: Path, cli: Cli, files: dict[str, str], line: str) -> None:
    write(project, files)
    assert cli(".").stdout.splitlines()[-1] == line


def test_check_says_what_it_would_do(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD})
    assert cli(".", "--check").stdout.splitlines() == [
        "would migrate a.py",
        "",
        "    Found  Arraylake V1 in 1 of 1 file",
        "    To do  1 edit in 1 file, all of them safe",
        "     Next  commit your work, then run it without --check and --diff",
        "1 file scanned, 1 with Arraylake V1, 1 edit to make in 1 file, 0 to review, 0 to do by hand, 0 failed",
    ]


def test_quiet_prints_errors_only(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD, "b.py": BYHAND, "c.py": BROKEN})
    result = cli(".", "-q")
    assert (result.stdout, result.stderr) == ("", "c.py:1:21: does not parse: invalid syntax\n")


def test_json_is_one_object_on_stdout(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD, "b.py": BROKEN, "c.py": BYHAND, "d.py": PLAIN})
    result = cli(".", "--output-format", "json")
    finding = {
        "applicability": "safe",
        "code": "ALX001",
        "message": "OLD is no more",
        "fixed": True,
        "suppressed": False,
    }
    place = {"line": 2, "column": 1, "end_line": 2, "end_column": 4, "instead": ""}
    document = json.loads(result.stdout)
    assert list(document) == ["files", "summary"]
    assert document["files"][0] == {"path": "a.py", "changed": True, "error": None, "findings": [finding | place]}
    assert document["files"][1] == {
        "path": "b.py",
        "changed": False,
        "error": "b.py:1:21: does not parse: invalid syntax",
        "findings": [],
    }
    assert document["files"][2]["findings"][0]["instead"] == "write this\nand that"
    assert document["summary"] == {
        "files_scanned": 4,
        "files_with_v1": 2,
        "files_changed": 1,
        "edits": 1,
        "review": 0,
        "manual": 1,
        "suppressed": 0,
        "deselected": 0,
        "failed": 1,
    }
    assert "4 files scanned" in result.stderr


def test_json_with_nothing_to_say(project: Path, cli: Cli) -> None:
    write(project, {"a.py": PLAIN})
    document = json.loads(cli(".", "--output-format", "json").stdout)
    assert (document["files"], document["summary"]["files_scanned"]) == ([], 1)


def test_json_can_hold_the_diff(project: Path, cli: Cli) -> None:
    write(project, {"a.py": OLD})
    document = json.loads(cli(".", "--diff", "--output-format", "json").stdout)
    assert document["files"][0]["diff"].startswith("--- a/a.py\n+++ b/a.py\n@@ ")


def test_settings_of_the_project_and_options_over_them(project: Path, cli: Cli) -> None:
    write(project, {"a.py": RISKY, "pyproject.toml": '[tool.al-codemod]\nsafe-only = true\nextend-exclude = ["gen"]\n'})
    write(project, {"gen/b.py": OLD, "build/c.py": OLD})
    assert cli(".").exit_code == 1
    assert (project / "a.py").read_text() == RISKY
    assert (project / "gen/b.py").read_text() == (project / "build/c.py").read_text() == OLD
    assert cli(".", "--isolated").exit_code == 0
    assert (project / "gen/b.py").read_text() == NEW


def test_a_helper_counts_where_arraylake_is_named(project: Path, cli: Cli) -> None:
    helper = "def log(repo):\n    return OLD(repo.commit_log)\n"
    write(project, {"helper.py": helper})
    assert cli(".", "--check").exit_code == 0
    assert cli("helper.py", "--check").exit_code == 1
    write(project, {"main.py": "import arraylake\n"})
    assert cli(".", "--check").exit_code == 1


@pytest.mark.parametrize("start", [["-m", "al_codemod"], ["-c", "from al_codemod.cli import main; main()"]])
def test_the_command_itself(start: list[str]) -> None:
    done = subprocess.run([sys.executable, *start, "--version"], check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"al-codemod {__version__}\n")


def test_a_tree_with_nothing_to_do_imports_nothing_heavy(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": PLAIN})
    code = (
        "import sys\nfrom al_codemod.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'libcst', 'nbformat', 'pathspec', 'tomllib', 'difflib', 'json', 'asyncio',"
        " 'multiprocessing', 'arraylake', 'zarr', 'icechunk', 'xarray'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_the_command_says_about_itself_imports_next_to_nothing(option: str) -> None:
    code = (
        "import sys, click; before = set(sys.modules)\nfrom al_codemod.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith(('click', 'al_codemod.cli'))))"
    )
    done = subprocess.run([sys.executable, "-c", code, option], check=True, capture_output=True, text=True)
    imported = set(ast.literal_eval(done.stdout.splitlines()[-1]))
    of_click = {
        "locale",
        "_locale",
        "textwrap",
        "shutil",
        "fnmatch",
        "zlib",
        "bz2",
        "_bz2",
        "lzma",
        "_lzma",
        "_compression",
    }
    assert imported <= {"al_codemod", *of_click}


def test_names_that_the_terminal_cannot_show_do_not_stop_a_run(tmp_path: Path) -> None:
    write(tmp_path, {"caf\u00e9.py": BROKEN, "fine.py": BROKEN})
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "al_codemod", "--check", "."],
        check=False,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr.count("does not parse")) == (2, 2)


def test_an_internal_error_is_one_short_line(project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, settings: object, declined: object) -> None:
        raise KeyError("very " * 1000)

    monkeypatch.setattr(migration, "propose", fail)
    write(project, {"a.py": OLD})
    (line,) = cli(".", "-q").stderr.splitlines()
    assert line.startswith("a.py:1:1: internal error, please report it: KeyError: ")
    assert line.endswith(f"(test_cli.py:{fail.__code__.co_firstlineno + 1})")
    assert len(line) < 300
