"""The page of a migration: what is in it, without a browser. `test_browser.py` looks at it with one."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from al_codemod.finding import Applicability, Finding, Span
from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.report.html import render_html
from al_codemod.report.html.cells import parts
from al_codemod.report.html.sides import Row, rows, shown

from .conftest import OLD, REAL, Cli

VOID = {"meta", "input", "br", "col", "link", "img"}


class Page(HTMLParser):
    """The elements of a page, and whether every one that is opened is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def outcome_of(path: str, old: str, new: str, *findings: Finding) -> RunOutcome:
    file = FileOutcome(path, old != new, findings, old=old.encode(), new=new.encode() if old != new else None)
    return summarize([file], 1, writes=False)


def test_a_real_page_is_well_formed_and_needs_nothing_else(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    (directory / "broken.py").write_text("import arraylake as (\n")
    cli(".", "--check", "--report", "page.html")
    text = (directory / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert not [a for _, a in page.elements if any(str(v).startswith(("http", "//")) for v in a.values())]
    assert not [tag for tag, _ in page.elements if tag in ("link", "img", "iframe")]
    assert "url(" not in text
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    assert {str(target)[1:] for target in page.all("href")} <= set(ids)


def test_every_finding_is_on_the_page_with_its_recipe_and_its_rule(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    cli(".", "--check", "--report", "page.html")
    found = json.loads(cli(".", "--check", "--output-format", "json").stdout)["files"][0]["findings"]
    text = (directory / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    assert sorted(filter(None, page.all("data-code"))) == sorted(finding["code"] for finding in found)
    assert "<b>Instead:</b> walk zarr.open_group(session.store" in text
    assert '<section class="rule" id="AL701">' in text
    assert "<b>Why:</b>" in text


def test_the_page_does_not_depend_on_the_time_or_the_run(directory: Path, cli: Cli) -> None:
    (directory / "a.py").write_text(REAL)
    cli(".", "--check", "--report", "one.html")
    cli(".", "--check", "--report", "other.html")
    assert (directory / "one.html").read_bytes() == (directory / "other.html").read_bytes()


def test_a_page_of_nothing(project: Path, cli: Cli) -> None:
    (project / "a.py").write_text("x = 1\n")
    cli(".", "--report", "page.html")
    text = (project / "page.html").read_text()
    Page(text)
    assert "No use of Arraylake V1 was found." in text


def test_what_was_written_and_what_would_be_are_told_apart(project: Path, cli: Cli) -> None:
    (project / "a.py").write_text(OLD)
    cli(".", "--check", "--report", "page.html")
    assert "nothing has been written yet" in (project / "page.html").read_text()
    cli(".", "--report", "page.html")
    assert "1 file migrated." in (project / "page.html").read_text()


def test_nobody_s_code_becomes_markup() -> None:
    evil = "</td><script>alert('&')</script>\x00\udcff"
    span = Span(1, 1, 1, 2)
    finding = Finding(span, "AL<b>", f"`{evil}`", Applicability.MANUAL, instead=evil)
    file = FileOutcome(f"{evil}.py", True, (finding,), old=evil[:-1].encode(), new=b"<i>")
    page = render_html(summarize([file], 1, writes=False))
    Page(page)
    assert "<script>alert" not in page
    assert "<i>" not in page.replace('<i class="', "")
    page.encode("utf-8")


def texts(found: list[Row]) -> list[tuple[str | None, str | None]]:
    return [
        tuple(None if side is None else "".join(piece for piece, _ in side.pieces) for side in (row.old, row.new))
        for row in found
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("a", "a", [("a", "a")], id="same"),
        pytest.param("a", "a c", [("a", "a"), (None, "c")], id="more"),
        pytest.param("a b c", "a c", [("a", "a"), ("b", None), ("c", "c")], id="less"),
        pytest.param("x=f(1)", "x=f(2)", [("x=f(1)", "x=f(2)")], id="changed"),
        pytest.param("x=f(1)", "s=g() x=f(2)", [(None, "s=g()"), ("x=f(1)", "x=f(2)")], id="changed after more"),
        pytest.param("one", "(2+2)*3", [("one", None), (None, "(2+2)*3")], id="nothing in common"),
    ],
)
def test_sides(old: str, new: str, expected: list[tuple[str | None, str | None]]) -> None:
    found = list(rows(old.split(), new.split()))
    assert texts(found) == expected
    assert [row.changed for row in found] == [one != other for one, other in expected]


def test_what_differs_in_a_line_is_marked() -> None:
    (row,) = rows(["repo.commit(x)"], ["session.commit(x)"])
    assert row.old is not None
    assert row.new is not None
    assert row.old.pieces == (("repo", False), (".commit(x)", True))
    assert row.new.pieces == (("session", False), (".commit(x)", True))


def test_only_what_is_near_to_a_change_or_a_finding_is_shown() -> None:
    lines = [str(number) for number in range(1, 101)]
    found = list(rows(lines, ["x" if line == "20" else line for line in lines]))
    numbers = [[row.old.number for row in run if row.old is not None] for run in shown(found, [50])]
    assert numbers == [list(range(17, 24)), list(range(47, 54))]


def test_long_blocks_take_a_moment_only() -> None:
    old, new = [f"a{n} = repo.f({n})" for n in range(2000)], [f"b{n} = session.f({n})" for n in range(2000)]
    assert sum(1 for _ in rows(old, new)) >= 2000


def test_a_notebook_is_shown_cell_by_cell() -> None:
    def notebook(source: object) -> str:
        cells = [{"cell_type": "markdown", "source": "# Title"}, {"cell_type": "code", "source": source}]
        return json.dumps({"cells": cells, "nbformat": 4})

    span = Span(1, 1, 1, 2)
    finding = Finding(span, "AL201", "message", Applicability.SAFE, fixed=True)
    outcome = outcome_of("a.ipynb", notebook(["x = 1\n", "old"]), notebook(["x = 1\n", "new"]), finding)
    (part,) = parts(outcome.files[0])
    assert (part.title, part.old, part.new) == ("Cell 2", ["x = 1", "old"], ["x = 1", "new"])
    page = render_html(outcome)
    Page(page)
    assert page.count('data-code="AL201"') == 1


def test_what_is_no_notebook_is_shown_as_it_is() -> None:
    outcome = outcome_of("a.ipynb", "old", "new")
    assert [(part.title, part.old, part.new) for part in parts(outcome.files[0])] == [("", ["old"], ["new"])]
