import os
import subprocess
from pathlib import Path

import pytest

from al_codemod.settings import DEFAULT_EXCLUDE, DEFAULT_INCLUDE
from al_codemod.source.discover import Discovery, MissingPathError, Selection, discover


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def find(
    *paths: str, include: tuple[str, ...] = DEFAULT_INCLUDE, exclude: tuple[str, ...] = DEFAULT_EXCLUDE
) -> Discovery:
    return discover(paths, Selection(include, exclude, os.getcwd()))


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_files_below_a_directory_in_the_order_of_their_names(tree: Path) -> None:
    make(tree, "pkg/b.py", "pkg/a.pyi", "pkg/sub/c.py", "pkg/notes.txt", "pkg/data.json", "setup.py")
    assert find("pkg").files == ["pkg/a.pyi", "pkg/b.py", "pkg/sub/c.py"]


@pytest.mark.parametrize("given", [".", "./"])
def test_the_current_directory_is_not_part_of_the_shown_path(tree: Path, given: str) -> None:
    make(tree, "a.py", "pkg/b.py")
    assert find(given).files == ["a.py", "pkg/b.py"]


def test_an_absolute_path_is_shown_absolute(tree: Path) -> None:
    make(tree, "a.py")
    assert find(str(tree)).files == [str(tree / "a.py")]


def test_each_file_once_however_often_it_is_named(tree: Path) -> None:
    make(tree, "pkg/a.py", "pkg/b.py")
    os.symlink("pkg", "link")
    assert find("pkg", "./pkg/a.py", "pkg/../pkg", ".", "link").files == ["pkg/a.py", "pkg/b.py"]


@pytest.mark.parametrize("directory", [".git", ".venv", "venv", "build", "dist", "node_modules", "__pycache__", ".tox"])
def test_default_excludes(tree: Path, directory: str) -> None:
    make(tree, f"{directory}/a.py", f"pkg/{directory}/b.py", f"{directory}2/c.py")
    assert find(".").files == [f"{directory}2/c.py"]


def test_a_path_that_is_named_is_taken_whatever_excludes_it(tree: Path) -> None:
    make(tree, ".gitignore", "build/a.py", "ignored/b.py", "ignored/deep/c.py", "script")
    (tree / ".git").mkdir()
    (tree / ".gitignore").write_text("ignored/\nscript\n")
    found = find("build", "ignored", "script")
    assert found.files == ["build/a.py", "ignored/b.py", "ignored/deep/c.py", "script"]
    assert found.named == {"script"}


def test_a_missing_path_is_an_error(tree: Path) -> None:
    with pytest.raises(MissingPathError, match="nowhere"):
        find(".", "nowhere")


def test_patterns_of_the_settings(tree: Path) -> None:
    make(tree, "a.py", "a.pyx", "gen/b.py", "pkg/gen/c.py", "pkg/d_pb2.py")
    assert find(".", exclude=("/gen/", "*_pb2.py")).files == ["a.py", "pkg/gen/c.py"]
    assert find(".", include=("*.pyx",)).files == ["a.pyx"]
    assert find("pkg", exclude=("pkg/gen/**",)).files == ["pkg/d_pb2.py"]


def test_links_are_not_followed(tree: Path) -> None:
    make(tree, "outside/secret.py", "project/a.py")
    os.symlink(tree / "outside", "project/away")
    os.symlink(tree / "outside" / "secret.py", "project/secret.py")
    os.symlink(tree / "project", "project/cycle")
    assert find("project").files == ["project/a.py"]


def test_a_link_that_is_named_is_followed(tree: Path) -> None:
    make(tree, "real.py")
    os.symlink("real.py", "link.py")
    assert find("link.py").files == ["link.py"]


def test_a_link_to_nothing_and_a_pipe_are_errors_of_their_own(tree: Path) -> None:
    os.symlink("nothing", "dangling.py")
    os.mkfifo("pipe.py")
    assert [str(error) for error in find("dangling.py", "pipe.py").errors] == [
        "dangling.py:1:1: a symbolic link to nothing",
        "pipe.py:1:1: not a regular file",
    ]
    assert find(".").files == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_directory_that_cannot_be_listed_is_an_error(tree: Path) -> None:
    make(tree, "a.py", "locked/b.py")
    (tree / "locked").chmod(0)
    found = find(".")
    assert (found.files, [str(error) for error in found.errors]) == (["a.py"], ["locked:1:1: permission denied"])


IGNORE_FILES = [
    pytest.param({".gitignore": "*.py\n!keep.py\n"}, id="a later pattern takes back an earlier one"),
    pytest.param({".gitignore": "other/\n!other/deep.py\n"}, id="nothing below an ignored directory comes back"),
    pytest.param({".gitignore": "/keep.py\n"}, id="a leading slash means here only"),
    pytest.param({".gitignore": "*.py\n", "sub/.gitignore": "!keep.py\n"}, id="the nearest file has the last word"),
    pytest.param({"sub/.gitignore": "deep\n"}, id="a nested file counts for what is below it"),
    pytest.param({".gitignore": "/*\n!/sub/\n/sub/*\n!/sub/deep/\n"}, id="all but one directory"),
    pytest.param({".gitignore": "**/deep/*.py\n"}, id="two stars"),
    pytest.param({".gitignore": "# only a comment\n\n   \n"}, id="nothing but comments"),
    pytest.param({".gitignore": "k[a-f]ep.py\n?.py\n\\!odd.py\n"}, id="classes, question marks, escapes"),
    pytest.param({".gitignore": "*.py\n!sub/\n"}, id="a directory that comes back does not bring its files"),
    pytest.param({".gitignore": "\ufeffkeep.py\r\na.py\r\n"}, id="a byte order mark and CRLF"),
    pytest.param({".gitignore": "deep/\n"}, id="a file of the name of an ignored directory stays"),
    pytest.param({".gitignore": "a.py   \nsub/keep.py\n"}, id="trailing blanks do not count"),
]


@pytest.mark.parametrize("ignores", IGNORE_FILES)
@pytest.mark.parametrize("start", [".", "sub"])
def test_ignored_is_what_git_ignores(tree: Path, ignores: dict[str, str], start: str) -> None:
    make(
        tree,
        "a.py",
        "keep.py",
        "!odd.py",
        "sub/a.py",
        "sub/keep.py",
        "sub/deep/a.py",
        "sub/deep/keep.py",
        "other/deep.py",
    )
    for name, text in ignores.items():
        (tree / name).write_bytes(text.encode())
    subprocess.run(["git", "init", "-q"], check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "--", f"{start}/*.py"], check=True, capture_output=True
    )
    assert find(start, exclude=(".git",)).files == sorted(listed.stdout.decode().split())


def test_ignore_files_count_without_a_repository_too(tree: Path) -> None:
    make(tree, "a.py", "b.py")
    (tree / ".gitignore").write_text("b.py\n")
    assert find(".").files == ["a.py"]
