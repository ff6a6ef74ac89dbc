import difflib
import os
import subprocess
from pathlib import Path

import pytest

from al_codemod.report.diff import colored, hunks, moved_line, unified_diff

from .conftest import Cli

OLD = b"import arraylake\nOLD\n"

FILES = [
    pytest.param("a.py", OLD, id="plain"),
    pytest.param("deep/er/a.py", b"arraylake\n" + b"x\n" * 50 + b"OLD\n" + b"x\n" * 50 + b"OLD\n", id="several hunks"),
    pytest.param("a.py", b"import arraylake\nOLD", id="no final newline"),
    pytest.param("a.py", b"OLD(arraylake)", id="no newline at all"),
    pytest.param("a.py", b"import arraylake\r\nOLD\r\n", id="CRLF"),
    pytest.param("a.py", b"import arraylake\r\nx\nOLD\r\ny", id="mixed line endings"),
    pytest.param("a.py", b"import arraylake\rOLD\r", id="CR alone"),
    pytest.param("a.py", b"# coding: latin-1\nOLD = arraylake, '\xe9'\n", id="latin-1"),
    pytest.param("a.py", b"\xef\xbb\xbf" + OLD, id="byte order mark"),
    pytest.param("a.py", OLD + b"x = '\xe2\x80\xa8'\n\x0c\nOLD\n", id="what other tools take for line ends"),
    pytest.param("with space/a b.py", OLD, id="spaces in the name"),
    pytest.param('qu"o\\te.py', OLD, id="quotes in the name"),
    pytest.param("a\tb.py", OLD, id="a tab in the name"),
    pytest.param("caf\u00e9.py", OLD, id="not ASCII in the name"),
]


@pytest.mark.parametrize(("name", "before"), FILES)
def test_git_applies_the_diff(project: Path, cli: Cli, name: str, before: bytes) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    subprocess.run(["git", "init", "-q"], check=True)
    diff = cli(".", "--diff").stdout_bytes
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=diff, check=True)
    assert path.read_bytes() == before.replace(b"OLD", b"NEW")


def test_git_applies_the_diff_from_a_subdirectory_and_through_a_link(
    project: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "a.py").write_bytes(OLD)
    (project / "sub" / "link.py").symlink_to("a.py")
    subprocess.run(["git", "init", "-q"], check=True)
    monkeypatch.chdir(project / "sub")
    diff = cli("link.py", "--diff").stdout_bytes
    subprocess.run(["git", "apply", "-"], input=diff, check=True)
    assert (project / "sub" / "a.py").read_bytes() == OLD.replace(b"OLD", b"NEW")
    assert (project / "sub" / "link.py").is_symlink()


def test_paths_are_relative_to_the_current_directory() -> None:
    diff = unified_diff(os.path.abspath("a.py"), b"a\n", b"b\n")
    assert diff == b"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n"


def test_a_long_file_with_few_changes_takes_a_moment_only() -> None:
    """Its lines are all alike, as in the outputs of a notebook, which is the worst that can be compared."""
    filler = [b"0.0,\n"] * 200_000
    old = b"".join([*filler, b"OLD\n", b"x\n" * 20, b"OLD\n", *filler])
    diff = unified_diff("a.py", old, old.replace(b"OLD", b"NEW"))
    assert [line for line in diff.splitlines() if line.startswith(b"@@")] == [
        b"@@ -199998,7 +199998,7 @@",
        b"@@ -200019,7 +200019,7 @@",
    ]


@pytest.mark.parametrize("context", [0, 1, 3])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"a\n"),
        (b"a\n", b""),
        (b"a\nb\n", b"a\nb\nc\n"),
        (b"a\nb\n", b"b\n"),
        (b"a\n" * 9 + b"b\n" + b"a\n" * 9, b"a\n" * 10 + b"b\n" + b"a\n" * 9),
        (b"a\n" * 9, b"a\n" * 10),
        (b"a\nb", b"a\nb\n"),
    ],
)
def test_a_diff_is_the_one_of_the_standard_library(old: bytes, new: bytes, context: int) -> None:
    expected = difflib.diff_bytes(
        difflib.unified_diff,
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        b"a/f",
        b"b/f",
        n=context,
    )
    text = b"".join(expected).replace(b"b+b", b"b\n\\ No newline at end of file\n+b")
    changed = {
        line for hunk in hunks("f", old, new, context)[1] for line in hunk.body.splitlines() if line[:1] in b"+-"
    }
    assert changed == {line for line in text.splitlines()[2:] if line[:1] in b"+-"}
    assert unified_diff("f", old, new, context).count(b"\n@@") == text.count(b"\n@@")


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("a b c", "a b c", [1, 2, 3]),
        ("a b c", "x a b c", [2, 3, 4]),
        ("a b c", "a x y c", [1, 2, 4]),
        ("a b c", "a c", [1, 2, 2]),
        ("a b c", "a", [1, 2, 2]),
        ("a b", "a x y b z", [1, 4]),
    ],
)
def test_where_a_line_is_afterwards(old: str, new: str, moved: list[int]) -> None:
    before, after = ("".join(f"{word}\n" for word in text.split()).encode() for text in (old, new))
    assert [moved_line(before, after, number) for number in range(1, len(moved) + 1)] == moved


def test_colours_only_colour() -> None:
    lines = list(colored(unified_diff("a.py", b"a\n", b"b\n")))
    assert lines[-1] == "\x1b[32m+b\n\x1b[0m"


def test_the_diff_is_all_there_is_on_stdout(project: Path, cli: Cli) -> None:
    (project / "a.py").write_bytes(OLD + b"BYHAND\n")
    result = cli(".", "--diff")
    assert result.stdout.startswith("--- a/a.py\n")
    assert result.stdout.splitlines()[-1] == " BYHAND"
    assert "[manual]" in result.stderr
    assert "1 file scanned" in result.stderr
