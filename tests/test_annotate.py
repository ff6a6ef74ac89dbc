"""`--annotate`: one comment for each finding that is left to a person, and never twice."""

import re
from dataclasses import replace

import pytest
from fixtures_runtime.fixture import scripts

from al_codemod.finding import Applicability
from al_codemod.migrate import migrate
from al_codemod.settings import Settings

ANNOTATE = Settings(annotate=True)
HEADER = """from arraylake import Client

repo = Client().get_repo("org/repo")
"""
TODO = re.compile(r"([ \t]*)# TODO\(al-codemod (AL\d+)\): .*")


def annotated(body: str, newline: str = "\n") -> str:
    """The annotated body, each comment cut down to its code."""
    first = migrate((HEADER + body).replace("\n", newline), ANNOTATE)
    compile(first.text, "annotated.py", "exec")
    assert migrate(first.text, ANNOTATE).text == first.text, "a second run adds something"
    assert first.text.count("\n") == first.text.count(newline)
    return TODO.sub(r"\1# \2", first.text.replace(newline, "\n")).removeprefix(HEADER)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('repo.filter_metadata("x")\n', '# AL701\nrepo.filter_metadata("x")\n', id="statement"),
        pytest.param(
            'if True:\n    # why\n    print(\n        repo.filter_metadata("x")\n    )\n',
            'if True:\n    # why\n    # AL701\n    print(\n        repo.filter_metadata("x")\n    )\n',
            id="several lines, indented",
        ),
        pytest.param(
            'x = 1; repo.filter_metadata("x"); y = 2\n',
            '# AL701\nx = 1; repo.filter_metadata("x"); y = 2\n',
            id="one line, several statements",
        ),
        pytest.param(
            'if 1: repo.filter_metadata("x")\n', '# AL701\nif 1: repo.filter_metadata("x")\n', id="suite in one line"
        ),
        pytest.param(
            'if 1:\n    pass\nelif repo.filter_metadata("x"):\n    pass\n',
            '# AL701\nif 1:\n    pass\nelif repo.filter_metadata("x"):\n    pass\n',
            id="elif",
        ),
        pytest.param(
            'if 1:\n    pass\nelif 2: pass\nelif 3: x = 1; repo.filter_metadata("x")\n',
            '# AL701\nif 1:\n    pass\nelif 2: pass\nelif 3: x = 1; repo.filter_metadata("x")\n',
            id="in the line of an elif",
        ),
        pytest.param(
            'if 1:\n    pass\nelse:\n    if repo.filter_metadata("x"):\n        pass\n',
            'if 1:\n    pass\nelse:\n    # AL701\n    if repo.filter_metadata("x"):\n        pass\n',
            id="if in else",
        ),
        pytest.param(
            'try:\n    pass\nexcept repo.filter_metadata("x"):\n    pass\n',
            '# AL701\ntry:\n    pass\nexcept repo.filter_metadata("x"):\n    pass\n',
            id="except",
        ),
        pytest.param(
            'try:\n    pass\nfinally: repo.filter_metadata("x")\n',
            '# AL701\ntry:\n    pass\nfinally: repo.filter_metadata("x")\n',
            id="suite of finally in one line",
        ),
        pytest.param(
            '\n\n# why\n@repo.filter_metadata("x")\ndef f():\n    pass\n',
            '\n\n# why\n# AL701\n@repo.filter_metadata("x")\ndef f():\n    pass\n',
            id="decorator",
        ),
        pytest.param(
            '\n\ndef f(a=repo.filter_metadata("x")):\n    pass\n',
            '\n\n# AL701\ndef f(a=repo.filter_metadata("x")):\n    pass\n',
            id="default argument",
        ),
        pytest.param(
            'x = f"""\n# a\n{repo.filter_metadata("x")}\n"""\n',
            '# AL701\nx = f"""\n# a\n{repo.filter_metadata("x")}\n"""\n',
            id="string of several lines",
        ),
        pytest.param(
            'match repo.filter_metadata("x"):\n    case _ if repo.filter_metadata("y"): pass\n',
            '# AL701\nmatch repo.filter_metadata("x"):\n    case _ if repo.filter_metadata("y"): pass\n',
            id="match and case, once",
        ),
        pytest.param(
            'repo.filter_metadata("x")\nrepo.filter_metadata("x")\n',
            '# AL701\nrepo.filter_metadata("x")\n# AL701\nrepo.filter_metadata("x")\n',
            id="the same twice",
        ),
        pytest.param(
            'repo.filter_metadata("{x}")  # al-codemod: ignore\n',
            'repo.filter_metadata("{x}")  # al-codemod: ignore\n',
            id="suppressed",
        ),
    ],
)
def test_where_the_comment_stands(body: str, expected: str) -> None:
    assert annotated(body) == expected
    assert annotated(body, "\r\n") == expected
    assert annotated(body.replace("    ", "\t")) == expected.replace("    ", "\t")


def test_a_comment_says_what_and_what_instead() -> None:
    text = migrate(HEADER + "repo.filter_metadata('x')\n", ANNOTATE).text
    assert "# TODO(al-codemod AL701): there is no query of metadata; walk zarr.open_group(" in text


def test_only_what_was_asked_for() -> None:
    code = HEADER + "repo.filter_metadata('x')\n"
    assert migrate(code, Settings()).text == code


def test_a_new_finding_gets_a_comment_beside_those_that_have_one() -> None:
    once = migrate(HEADER + "repo.filter_metadata('x')\n", ANNOTATE).text
    twice = migrate(once + "repo.filter_metadata('x')\n", ANNOTATE).text
    assert len(TODO.findall(twice)) == 2


def test_every_fixture_can_be_annotated() -> None:
    """The comments change nothing else, there is one for each statement with work left, and a second run adds none."""
    for fixture in scripts():
        text = fixture.before.read_bytes().decode("utf-8-sig")
        plain, migration = migrate(text, Settings()), migrate(text, ANNOTATE)
        lines = migration.text.splitlines(keepends=True)
        assert "".join(line for line in lines if "# TODO(al-codemod " not in line) == plain.text, fixture.name
        manual = {f.code for f in plain.findings if f.applicability is Applicability.MANUAL}
        assert {m[1] for m in TODO.findall(migration.text)} == manual
        if manual:
            again = migrate(migration.text, replace(ANNOTATE, annotate=True))
            assert again.text == migration.text, fixture.name
