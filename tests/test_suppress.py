"""`# al-codemod: ignore`: what it covers, and what has to stay with it."""

import ast
from textwrap import dedent

import pytest
from fixtures_runtime.sources import all_modules
from names import unbound

from al_codemod.finding import Applicability, Migration
from al_codemod.migrate import migrate
from al_codemod.outcome import ExitCode, FileOutcome, summarize
from al_codemod.settings import Settings
from al_codemod.suppress import Suppressions

QUERY = """
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.filter_metadata(
    "a"
){comment}
"""


def migrated(code: str) -> Migration:
    migration = migrate(dedent(code).lstrip("\n"), Settings())
    compile(migration.text, "migrated.py", "exec")
    assert migrate(migration.text, Settings()).text == migration.text
    return migration


def codes(source: str, line: int) -> set[str]:
    """Which of some codes are suppressed in a line."""
    suppressions = Suppressions(dedent(source).lstrip("\n"))
    return {code for code in ("AL201", "AL203", "AL701") if suppressions.cover(line, code)}


ALL = {"AL201", "AL203", "AL701"}


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("", set()),
        ("# al-codemod: ignore", ALL),
        ("#al-codemod:ignore", ALL),
        ("# al-codemod: ignore[AL701]", {"AL701"}),
        ("# al-codemod: ignore[al701]", {"AL701"}),
        ("# al-codemod: ignore[AL2]", {"AL201", "AL203"}),
        ("# al-codemod: ignore[ AL201 , AL7 ]", {"AL201", "AL701"}),
        ("# al-codemod: ignore[AL201]  # al-codemod: ignore[AL203]", {"AL201", "AL203"}),
        ("# type: ignore  # al-codemod: ignore[AL2] because of the old service", {"AL201", "AL203"}),
        ("# al-codemod: ignore[]", set()),
        ("# al-codemod: ignore[AL9]", set()),
        ("# al-codemod: ignored", set()),
        ("# al-codemod: ignore-file", set()),
        ("# ignore[AL701]", set()),
        ("# TODO(al-codemod AL701): ignore", set()),
    ],
)
def test_what_a_comment_covers(comment: str, expected: set[str]) -> None:
    assert codes(f"use()  {comment}", 1) == expected


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a()\nb()  # al-codemod: ignore\nc()\n", [2]),
        ("a(\n    1,  # al-codemod: ignore\n    2,\n)\nb()\n", [1, 2, 3, 4]),
        ("a = \\\n    b  # al-codemod: ignore\nc()\n", [1, 2]),
        ("if a(\n    1\n):  # al-codemod: ignore\n    b()\n", [1, 2, 3]),
        ("if a:\n    b()  # al-codemod: ignore\n", [2]),
        ("@a  # al-codemod: ignore\ndef f(): pass\n", [1]),
        ("# al-codemod: ignore\na()\n", []),
        ("a('# al-codemod: ignore')\n", []),
        ("a('''\n# al-codemod: ignore-file\n''')\n", []),
        ("a()\n\n# al-codemod: ignore-file\n", [1, 2, 3, 4]),
        ("if a:\n    # al-codemod: ignore-file[AL2, AL7]\n    b()\n", [1, 2, 3]),
        ("a()\x0c\r\nb()  # al-codemod: ignore\r\nc()\r\n", [2]),
    ],
)
def test_which_lines_a_comment_covers(source: str, lines: list[int]) -> None:
    ast.parse(source)
    suppressions = Suppressions(source)
    assert [n for n in range(1, len(source.splitlines()) + 2) if suppressions.cover(n, "AL701")][: len(lines)] == lines
    assert all(suppressions.cover(n, "AL201") == suppressions.cover(n, "AL701") for n in range(1, 4))


def test_a_manual_finding() -> None:
    (finding,) = (f for f in migrated(QUERY.format(comment="  # al-codemod: ignore[AL701]")).findings if not f.fixed)
    assert (finding.code, finding.suppressed, finding.applicability) == ("AL701", True, Applicability.MANUAL)
    findings = [f for f in migrated(QUERY.format(comment="  # al-codemod: ignore[AL2]")).findings if not f.fixed]
    assert [(f.code, f.suppressed) for f in findings] == [("AL701", False), ("AL001", False)]


def test_what_belongs_together_stays_together() -> None:
    code = """
    from arraylake import Client

    one = Client().get_repo("org/one")
    one.root_group.create_group("a")
    one.commit("one")  # al-codemod: ignore[AL2]
    two = Client().get_repo("org/two")
    two.root_group.create_group("a")
    two.commit("two")
    """
    migration = migrated(code)
    assert migration.text == dedent(
        """
        import zarr
        from arraylake import Client

        one = Client().get_repo("org/one")
        one.root_group.create_group("a")
        one.commit("one")  # al-codemod: ignore[AL2]
        two = Client().get_repo("org/two")
        two_session = two.writable_session(branch="main")
        zarr.open_group(two_session.store, mode="a").create_group("a")
        two_session.commit("two")
        """
    ).lstrip("\n")
    left = {f.span.line: f for f in migration.findings if not f.fixed}
    assert left[5].suppressed
    assert {f.applicability for line, f in left.items() if line != 5} == {Applicability.MANUAL}
    assert left[4].message == "not changed, because line 5 is left alone"


def test_v1_names_stay_with_their_import() -> None:
    code = """
    from arraylake.repo import Repo


    def one(thing):
        return isinstance(thing, Repo)  # al-codemod: ignore


    def two(thing):
        return isinstance(thing, Repo)
    """
    migration = migrated(code)
    assert migration.text == dedent(code).lstrip("\n")
    assert [f.suppressed for f in migration.findings] == [False, True, False]


def test_a_whole_file() -> None:
    code = QUERY.format(comment="\n# al-codemod: ignore-file")
    migration = migrated(code)
    assert migration.text == code.lstrip("\n")
    assert migration.findings
    assert all(f.suppressed and not f.fixed for f in migration.findings)


def test_suppressed_findings_are_counted_and_no_work() -> None:
    findings = migrated(QUERY.format(comment="  # al-codemod: ignore")).findings
    outcome = summarize([FileOutcome("a.py", True, findings)], 1, writes=True)
    assert (outcome.summary.suppressed, outcome.summary.manual) == (1, 0)
    assert outcome.exit_code is ExitCode.DONE


def test_one_suppressed_edit_breaks_nothing() -> None:
    """In a sample of all fixtures and of the lines in them that are edited."""
    count = 0
    for name, text in all_modules():
        sites = sorted({(f.span.line, f.code) for f in migrate(text, Settings()).findings if f.fixed})
        for line, code in sites[hash_of(name) % 17 :: 17]:
            lines = text.splitlines(keepends=True)
            bare = lines[line - 1].rstrip("\r\n")
            if bare.endswith("\\") or '"""' in bare:
                continue
            lines[line - 1] = f"{bare}  # al-codemod: ignore[{code}]{lines[line - 1][len(bare) :]}"
            migration = migrated("".join(lines))
            where = f"{name}:{line} {code}"
            assert not [f for f in migration.findings if f.fixed and (f.span.line, f.code) == (line, code)], where
            assert unbound(migration.text) <= unbound(text) | unbound(migrate(text, Settings()).text), where
            count += 1
    assert count > 50


def hash_of(name: str) -> int:
    """A number that is the same in every run."""
    return sum(name.encode())
