"""Notebooks as a whole: what is read and refused, where edits and findings land, and what a run does with them."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fixtures_runtime.migration import migrated

from al_codemod.cli import main
from al_codemod.finding import Applicability, Cell
from al_codemod.settings import Settings

from .support import migrate, notebook, sources

OPEN = 'from arraylake import Client\n\nrepo = Client().get_repo("org/repo")'
READ = 'ds = repo.to_xarray("g")'


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


# Edits in their cells


def test_a_session_opened_in_one_cell_serves_the_next() -> None:
    after, _ = migrate(OPEN, READ, "ds.plot()")
    assert after == [
        "import xarray as xr\n" + OPEN + '\nsession = repo.readonly_session(branch="main")',
        'ds = xr.open_dataset(session.store, group="g", engine="zarr", consolidated=False)',
        "ds.plot()",
    ]


def test_what_is_opened_again_after_a_commit_is_written_out_of_the_source_of_another_cell() -> None:
    after, _ = migrate(
        OPEN,
        "name = 'a'",
        "a = repo.root_group[name]\na[:] = 1",
        'repo.commit("one")',
        "a[:] = 2",
        'repo.commit("two")',
    )
    assert after[3] == (
        'session.commit("one")\n'
        'session = repo.writable_session(branch="main")\n'
        'a = zarr.open(session.store, path=name, mode="r+")'
    )


def test_imports_do_not_go_above_magics() -> None:
    after, _ = migrate("%pip install something\n%load_ext autoreload", "%autoreload 2\n" + OPEN, READ)
    assert after[0] == "%pip install something\n%load_ext autoreload"
    assert after[1].startswith("%autoreload 2\nimport xarray as xr\nfrom arraylake import Client\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%time ds = repo.to_xarray('g')", "%time ds = xr.open_dataset({})"),
        ("%%time\nds = repo.to_xarray('g')", "%%time\nds = xr.open_dataset({})"),
        ("\n%%capture out\nds = repo.to_xarray('g')", "\n%%capture out\nds = xr.open_dataset({})"),
        ("if repo:\n    %timeit -r2 repo.to_xarray('g')", "if repo:\n    %timeit -r2 xr.open_dataset({})"),
        ("%prun -l 5 repo.to_xarray('g')", "%prun -l 5 xr.open_dataset({})"),
        ("time repo.to_xarray('g')", "time xr.open_dataset({})"),
        ("repo.to_xarray('g').plot();", "xr.open_dataset({}).plot();"),
        ("!echo {repo.to_xarray('g')}", "!echo {{xr.open_dataset({})}}"),
        ("x = !ls\nrepo.to_xarray('g')", "x = !ls\nxr.open_dataset({})"),
        ("    repo.to_xarray('g')", "    xr.open_dataset({})"),
    ],
)
def test_python_in_and_around_magics(before: str, after: str) -> None:
    expected = after.format("session.store, group='g', engine=\"zarr\", consolidated=False")
    assert migrate(OPEN, before)[0][1] == expected


def test_what_a_magic_repeats_is_a_loop() -> None:
    after, _ = migrate(
        OPEN.replace("get_repo", "create_repo"),
        '%%timeit\nrepo.root_group.attrs["n"] = 1\nrepo.commit("again")',
    )
    assert after[1].splitlines()[-1] == 'session = repo.writable_session(branch="main")'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("!arraylake repo create a/b --kind icechunk", "!arraylake repo create a/b"),
        ("x = !arraylake repo create a/b --kind=icechunk", "x = !arraylake repo create a/b"),
        ("%%bash\ncd x\narraylake auth logout --browser", "%%bash\ncd x\narraylake auth logout"),
        (
            "%sx arraylake repo create a/b --bucket-nickname c",
            "%sx arraylake repo create a/b --bucket-config-nickname c",
        ),
    ],
)
def test_commands(before: str, after: str) -> None:
    assert migrate(before)[0] == [after]


def test_a_command_that_is_gone_is_left_with_a_finding() -> None:
    before = "!arraylake repo export a/b x.zarr --format zarr2"
    after, result = migrate(before)
    assert after == [before]
    (finding,) = result.findings
    assert (finding.code, finding.applicability) == ("AL601", Applicability.MANUAL)


@pytest.mark.parametrize("cell", ["print 'python 2', repo", "for x in [repo.store:\n    pass", 'x = """\nrepo'])
def test_a_cell_that_does_not_parse_stops_no_other(cell: str) -> None:
    after, result = migrate(OPEN, cell, READ)
    assert after[1] == cell
    assert "xr.open_dataset" in after[2]
    (finding,) = (f for f in result.findings if not f.fixed)
    assert finding.code == "AL751"
    assert finding.cell is not None
    assert finding.cell.number == 2


@pytest.mark.parametrize(
    "cell",
    [
        "%%html\n<b>text</b>",
        "%%R\nplot(x)",
        "x = [1, 2",
        "%%writefile a.py\nprint(1)",
        "other?",
    ],
)
def test_what_has_nothing_to_do_with_v1_is_nothing_to_report(cell: str) -> None:
    after, result = migrate(OPEN, cell, READ)
    assert after[1] == cell
    assert all(f.fixed for f in result.findings)


@pytest.mark.parametrize("cell", ["%%writefile a.py\nimport arraylake.repo", "repo.commit?", "# repo.root_group"])
def test_what_is_pointed_at(cell: str) -> None:
    after, result = migrate(OPEN, cell, READ)
    assert after[1] == cell
    assert [f.code for f in result.findings if not f.fixed] in (["AL752"], ["AL753"])


def test_a_comment_keeps_a_cell_as_it_is() -> None:
    cells = (OPEN, "# al-codemod: ignore-file", READ)
    after, result = migrate(*cells)
    assert after == [*cells]
    assert all(f.suppressed for f in result.findings)


def test_annotations_are_put_into_the_cell() -> None:
    after, _ = migrate(OPEN, "x = 1\nrepo.filter_metadata('q')", annotate=True)
    assert after[1].splitlines()[1].startswith("# TODO(al-codemod AL")


def test_outputs_of_changed_cells_are_kept_or_cleared() -> None:
    kept = json.loads(migrate(OPEN, READ, "x = 1")[1].data)["cells"]
    assert [len(cell["outputs"]) for cell in kept] == [1, 1, 1]
    cleared = json.loads(migrate(OPEN, READ, "x = 1", clear_outputs=True)[1].data)["cells"]
    assert [len(cell["outputs"]) for cell in cleared] == [0, 0, 1]
    assert [cell["execution_count"] for cell in cleared] == [None, None, 3]


# Places


def test_places_are_those_of_the_file_and_of_the_cell() -> None:
    data = notebook(
        "x = 1", 'é = "\\"é\\""; from arraylake import Client; r = Client().get_repo("a/b", checkout=False)'
    )
    result = migrated(Path("a.ipynb"), data)
    finding = next(f for f in result.findings if f.code == "AL101")
    line = data.decode().splitlines()[finding.span.line - 1]
    assert line[finding.span.column - 1 :].startswith('Client().get_repo(\\"a/b\\"') or "checkout" in line
    assert finding.cell == Cell(2, 1, finding.cell.column if finding.cell else 0)


def test_lines_in_messages_are_those_of_cells() -> None:
    _, result = migrate(OPEN, "def f():\n    return repo\n\nimport pickle\n\npickle.dumps(repo)", READ)
    messages = [finding.message for finding in result.findings if not finding.fixed]
    assert any("because of cell 2, line 2" in message for message in messages), messages


# Files


def test_the_report_says_file_line_and_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(OPEN, "repo.filter_metadata('q')"))
    result = run("--check", path)
    assert f"{path}:32:5 (cell 2, line 1) AL" in result.output or "(cell 2, line 1) AL" in result.output
    entry = json.loads(run("--check", "--output-format", "json", path).stdout)["files"][0]["findings"][-1]
    assert entry["cell"]["number"] == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"cells": [arraylake', "1:12: not a notebook: not valid JSON: Expecting value"),
        (b'{"arraylake": 1}', "1:1: not a notebook: it has no cells, or does not say its nbformat"),
        (b'["arraylake"]', "1:1: not a notebook: not valid JSON: Expecting '{'"),
        (b'{"cells": []} arraylake', "1:15: not a notebook: not valid JSON: Extra data"),
        (b'{"cells": ["\xff arraylake"]}', "1:1: not valid utf-8: invalid start byte"),
        (notebook("arraylake").replace(b'"metadata": {},\n   "outputs"', b'"outputs"'), "4:1: not a valid notebook"),
        (notebook("arraylake", "x").replace(b"cell-2", b"cell-1"), "two cells have the id 'cell-1'"),
        (
            notebook("arraylake").replace(b'"nbformat": 4', b'"nbformat": 9'),
            "not a valid notebook: there is no nbformat 9",
        ),
        (
            b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ' + b"[" * 99999 + b"arraylake",
            "nests too deep",
        ),
    ],
)
def test_an_invalid_notebook_is_reported_and_left_alone(tmp_path: Path, data: bytes, reason: str) -> None:
    path, other = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    path.write_bytes(data)
    other.write_bytes(notebook(OPEN, READ))
    result = run(tmp_path)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert path.read_bytes() == data
    assert "open_dataset" in sources(other.read_bytes())[1]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"language_info": {"name": "julia"}},
    ],
)
def test_a_notebook_in_another_language_is_left_with_a_note(tmp_path: Path, metadata: dict[str, object]) -> None:
    path = tmp_path / "a.ipynb"
    data = notebook(OPEN, READ, metadata=metadata)
    path.write_bytes(data)
    result = run(path)
    assert result.exit_code == 0
    assert "left alone: a notebook in" in result.output
    assert path.read_bytes() == data


@pytest.mark.parametrize("spelling", ["jupyter", "bom", "crlf", "one line", "no newline", "long"])
def test_git_applies_the_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    data = notebook(OPEN, "x = 1", *(["y = 2"] * 40 if spelling == "long" else []), READ)
    data = {
        "bom": b"\xef\xbb\xbf" + data,
        "crlf": data.replace(b"\n", b"\r\n"),
        "one line": json.dumps(json.loads(data)).encode(),
        "no newline": data.rstrip(b"\n"),
    }.get(spelling, data)
    path = tmp_path / "a.ipynb"
    path.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q"], check=True)
    diff = run("--diff", "a.ipynb").stdout_bytes
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=diff, check=True)
    assert path.read_bytes() == migrated(path, data, Settings()).data != data


def test_a_cell_view_stands_beside_the_diff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ipynb").write_bytes(notebook(OPEN, READ))
    monkeypatch.chdir(tmp_path)
    view = (
        "--- a.ipynb, cell 2 (before)\n"
        "+++ a.ipynb, cell 2 (after)\n"
        "@@ -1 +1 @@\n"
        f"-{READ}\n"
        '+ds = xr.open_dataset(session.store, group="g", engine="zarr", consolidated=False)\n'
    )
    assert view in run("--diff", "--verbose", "a.ipynb").stderr
    (file,) = json.loads(run("--diff", "--output-format", "json", "a.ipynb").stdout)["files"]
    assert view in file["cells"]


def with_markdown(source: str) -> bytes:
    content = json.loads(notebook(OPEN, READ))
    content["cells"].insert(
        1, {"cell_type": "markdown", "id": "text", "metadata": {}, "source": source.splitlines(keepends=True)}
    )
    return json.dumps(content, indent=1).encode()


def test_examples_in_markdown_cells_are_pointed_at() -> None:
    example = 'from arraylake import Client\nClient().get_repo("a/b", checkout=False)\n'
    result = migrated(Path("a.ipynb"), with_markdown(f"Text\n\n```python\n{example}```\n"))
    assert example in sources(result.data)[1]
    (finding,) = (f for f in result.findings if not f.fixed)
    assert finding.code == "AL752"
    assert finding.cell == Cell(2, 4, 1)


@pytest.mark.parametrize(
    "text", ["`repo.commit()` in a sentence about arraylake", "```python\nfrom arraylake import Client\nClient()\n```"]
)
def test_markdown_cells_without_v1_code_are_nothing_to_report(text: str) -> None:
    assert all(f.fixed for f in migrated(Path("a.ipynb"), with_markdown(text)).findings)


@pytest.mark.parametrize(
    "cell",
    [
        "!arraylake repo create a/b --kind icechunk  # al-codemod: ignore",
        '%pip install "zarr<3"  # al-codemod: ignore[AL9]',
        "print 'old', repo  # al-codemod: ignore[AL751]",
        "%%bash\n# al-codemod: ignore\n:",
    ],
)
def test_comments_where_there_is_no_python(cell: str) -> None:
    after, result = migrate(OPEN, cell, READ)
    assert after[1] == cell
    assert all(f.fixed or f.suppressed for f in result.findings)


def test_a_comment_about_the_file_is_about_its_commands_too() -> None:
    cells = ("# al-codemod: ignore-file[AL6, AL9]", "!arraylake auth logout --browser", "!pip install arraylake==0.9")
    after, result = migrate(*cells)
    assert after == [*cells]
    assert [f.suppressed for f in result.findings] == [True, True]


def test_commands_in_a_cell_that_does_not_parse_are_left_with_it() -> None:
    cell = "!arraylake repo create a/b --kind icechunk\nfor x in [1, 2:\n    pass"
    after, result = migrate(OPEN, cell, READ)
    assert after[1] == cell
    assert "open_dataset" in after[2]
    assert [f.code for f in result.findings if not f.fixed] == ["AL601"]


def test_help_about_a_name_is_no_use_of_v1() -> None:
    after, result = migrate(OPEN, "repo?\n?Client", READ)
    assert after[1] == "repo?\n?Client"
    assert all(f.fixed for f in result.findings)


def test_blanks_behind_a_command_stay() -> None:
    assert migrate("!arraylake repo create a/b --kind icechunk  \n")[0] == ["!arraylake repo create a/b  \n"]
