"""Questions and answers, on the real migration."""

from pathlib import Path

import pytest

from al_codemod import worker
from al_codemod.outcome import ExitCode
from al_codemod.run import Analysis, run
from al_codemod.settings import Settings

from .conftest import REAL, Cli

ONE = """from arraylake import Client

one = Client().get_repo("org/one")
one_session = one.writable_session(branch="main")
zarr.open_group(one_session.store, mode="a").create_group("a")
one_session.commit("one")
""".replace("from", "import zarr\nfrom", 1)
TWO = """

two = Client().get_repo("org/two")
two_session = two.writable_session(branch="main")
zarr.open_group(two_session.store, mode="a").create_group("b")
two_session.commit("two")
two.filter_metadata("c")
"""
OLD_ONE, OLD_TWO = REAL.split("\n\n\n")
HALF_OLD = "import zarr\n" + OLD_ONE


@pytest.mark.parametrize(
    ("answers", "expected", "code"),
    [
        pytest.param("y\ny\n", ONE + TWO, 1, id="yes to both"),
        pytest.param("y\nn\n", ONE + "\n\n" + OLD_TWO, 1, id="yes and no"),
        pytest.param("n\ny\n", HALF_OLD + "\n" + TWO, 1, id="no and yes"),
        pytest.param("n\nn\n", REAL, 1, id="no to both"),
        pytest.param("a\n", ONE + TWO, 1, id="all"),
        pytest.param("y\na\n", ONE + TWO, 1, id="yes and then all"),
        pytest.param("n\na\n", HALF_OLD + "\n" + TWO, 1, id="no and then all"),
        pytest.param("q\n", REAL, 1, id="quit at once"),
        pytest.param("y\nq\n", ONE + "\n\n" + OLD_TWO, 1, id="quit keeps what was said yes to"),
        pytest.param("", REAL, 1, id="the end of the input is a quit"),
        pytest.param("?\nwhat\nYES\nNo\n", ONE + "\n\n" + OLD_TWO, 1, id="help, nonsense and long answers"),
    ],
)
def test_answers(directory: Path, cli: Cli, answers: str, expected: str, code: int) -> None:
    path = directory / "a.py"
    path.write_text(REAL)
    result = cli("a.py", "--interactive", input=answers)
    assert path.read_text().replace("two_session", "session").replace("one_session", "session") == expected.replace(
        "two_session", "session"
    ).replace("one_session", "session")
    assert result.exit_code == code
    assert run(["a.py"], Settings(), write=False).summary.failed == 0


def test_a_question_shows_the_change_all_that_belongs_to_it_and_why(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    shown = cli("a.py", "-i", input="y\nq\n").stdout.split("Make this change [y,n,a,q,?]? ")
    assert "-one.commit(" in shown[0]
    assert "-two.commit(" not in shown[0]
    assert "a.py:5:1 AL202 [safe] commit on the session  (commit-on-repo)" in shown[0]
    assert "-two.commit(" in shown[1]
    assert "-one.commit(" not in shown[1]


def test_help_says_what_the_letters_mean(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    assert "y - make this change\nn - leave it" in cli("a.py", "-i", input="?\nq\n").stdout


def test_what_was_declined_is_work_left(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL.replace('two.filter_metadata("c")\n', ""))
    result = cli("a.py", "-i", "-v", "--output-format", "concise", input="n\ny\n")
    assert result.exit_code == ExitCode.WORK_LEFT
    assert "a.py:5:1 AL402 [manual] not changed, because line 4 was declined" in result.stdout
    assert "a.py:4:7 AL201 [safe] open a writable session; declined" in result.stdout


def test_nothing_to_ask(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text("x = 1\n")
    result = cli("a.py", "-i")
    assert (result.exit_code, result.stdout) == (0, "1 file scanned, no use of Arraylake V1 found\n")


def test_an_import_that_two_changes_need_stays_while_one_of_them_does(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    cli("a.py", "-i", input="n\ny\n")
    assert (directory / "a.py").read_text().count("import zarr") == 1


def test_only_the_files_that_an_answer_concerns_are_looked_at_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.py", "b.py"):
        (directory / name).write_text(REAL)
    looked_at: list[str] = []
    read_bytes = worker.read_bytes

    def spy(path: str) -> bytes:
        looked_at.append(path)
        return read_bytes(path)

    monkeypatch.setattr(worker, "read_bytes", spy)
    analysis = Analysis(["."], Settings(), jobs=1)
    first = analysis.outcome()
    some = {"b.py": frozenset([(f.code, f.span) for f in first.files[1].findings if f.code == "AL202"][:1])}
    second = analysis.outcome(some)
    assert looked_at == ["a.py", "b.py", "b.py"]
    assert (second.files[0], second.summary.edits) == (first.files[0], first.summary.edits - 3)
    assert analysis.outcome() == first
    assert looked_at == ["a.py", "b.py", "b.py", "b.py"]
