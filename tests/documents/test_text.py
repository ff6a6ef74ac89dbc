"""Blocks of code in Markdown and reStructuredText, sessions, docstrings, and notebooks that are Python files."""

from pathlib import Path

import pytest
from fixtures_runtime.migration import Migrated, migrated

from al_codemod.documents import markdown, rst
from al_codemod.documents.lines import split
from al_codemod.documents.prompts import Session
from al_codemod.source.errors import SourceError

READ = 'xr.open_dataset(session.store, group="g", engine="zarr", consolidated=False)'


def migrate(name: str, text: str) -> Migrated:
    return migrated(Path(name), text.encode())


def languages(text: str, find: object = markdown.blocks) -> list[str]:
    return [block.language for block in find(split(text))]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("python", "python"),
        ("Python", "python"),
        ("py", "py"),
        ("python {linenos=table}", "python"),
        ('python title="a.py"', "python"),
        ("python,ignore", "python"),
        ("{python}", "python"),
        ("{python, echo=FALSE}", "python"),
        ("{python #fig-a}", "python"),
        ("{.python .numberLines}", "python"),
        ("{code-cell} ipython3", "ipython3"),
        ("{code-cell}", "python"),
        ("{code-block} python", "python"),
        ("{doctest}", "doctest"),
        ("pycon", "pycon"),
        ("", ""),
        ("r", "r"),
        ("{r, echo=FALSE}", "r"),
        ("{note}", "note"),
        ("pythonx", "pythonx"),
    ],
)
def test_the_language_of_a_fence(info: str, language: str) -> None:
    assert languages(f"```{info}\nx\n```\n") == [language]
    assert languages(f"- a\n\n  ~~~~ {info}\n  ```\n  ~~~~\n") == [language]


def test_fences_end_where_they_should() -> None:
    text = "````python\nx = '''\n```\n'''\n````\n```py\nopen\n"
    assert [(b.first, b.end) for b in markdown.blocks(split(text))] == [(1, 4), (6, 7)]


def test_inline_code_is_no_fence() -> None:
    assert languages("```python inline``` text\n") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("::\n\n  x = 1\n\n  y = 2\n\nend\n", ["python"]),
        (".. code:: python\n\n   x = 1\n", ["python"]),
        (".. code-block::\n\n   x = 1\n", ["python"]),
        (".. code-block:: c\n\n   x = 1\n", []),
        (".. code-block:: python\n   :name: a\n\n   x = 1\nend", ["python"]),
        (".. code-block:: python\n\nx = 1\n", []),
        (".. note::\n\n   >>> x\n   1\n", ["pycon"]),
        (".. note::\n\n   .. code-block:: bash\n\n      ls\n", ["bash"]),
        ("text\n", []),
    ],
)
def test_blocks_of_restructured_text(text: str, found: list[str]) -> None:
    assert languages(text, rst.blocks) == found


SESSIONS = [
    ">>> x = 1\n",
    ">>> x\n1\n\n>>> y\n2\n",
    ">>> for i in x:\n...     print(i)\n...\n1\n2\n>>> 3\n3\n",
    ">>> f(\n...   1,\n... )\nTraceback (most recent call last):\n  ...\nValueError\n",
    "In [1]: x = 1\n\nIn [2]: for i in x:\n   ...:     print(i)\n   ...: \n1\n\nIn [3]: x\nOut[3]: 1\n",
    "\n>>> x = '''a\n... b'''\n>>> x\n'a\\nb'\n",
    ">>> x  # doctest: +SKIP\n1\n",
    ">>>\n>>> x",
]


@pytest.mark.parametrize("text", SESSIONS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_session_is_restored(text: str, line_end: str) -> None:
    text = text.replace("\n", line_end)
    session = Session(split(text))
    assert session.restore(session.text).rstrip("\r\n") == text.rstrip("\r\n")


def test_output_stays_with_its_example() -> None:
    session = Session(split(">>> a = f()\n>>> a.b()\nprinted\n>>> c\n1\n"))
    new = session.text.replace("a.b()", "new = a\nif x:\n    new.b()").replace("c  #", "d = 1\nc  #")
    assert session.restore(new) == (
        ">>> a = f()\n>>> new = a\n>>> if x:\n...     new.b()\nprinted\n>>> d = 1\n>>> c\n1\n"
    )


def test_blocks_share_names_and_one_that_does_not_parse_is_left() -> None:
    result = migrate(
        "a.md",
        '```python\nfrom arraylake import Client\nrepo = Client().get_repo("a/b")\n```\n\n'
        '```python\nrepo.to_xarray("g"\n```\n\n```python\nrepo.to_xarray("g")\n```\n',
    )
    text = result.data.decode()
    assert f"```python\n{READ}\n```\n" in text
    assert 'repo.to_xarray("g"\n```' in text
    (finding,) = (f for f in result.findings if not f.fixed)
    assert (finding.code, finding.span.line, finding.cell) == ("AL751", 7, None)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_stay(line_end: str, mark: str) -> None:
    text = '{}~~~python\nimport arraylake\nr = arraylake.Client().get_repo("a/b", checkout=False)\n~~~\nété\n'
    before = text.format(mark).replace("\n", line_end)
    after = migrate("a.md", before).data.decode()
    assert after == before.replace(", checkout=False", "")


def test_blank_lines_with_blanks_stay() -> None:
    before = '- a\n  ```python\n  import arraylake\n  \n    \n  r = arraylake.Client().get_repo("a/b", checkout=False)\n  ```\n'
    assert migrate("a.md", before).data.decode() == before.replace(", checkout=False", "")


def test_examples_in_a_docstring_with_escapes_are_left_with_a_finding() -> None:
    example = '>>> import arraylake\n    >>> arraylake.Client().get_repo("a", checkout=False); "\\\\n"'
    before = f'def f():\n    """Do.\n\n    {example}\n    """\n'
    result = migrate("a.py", before)
    assert result.data.decode() == before
    assert [(f.code, f.span.line) for f in result.findings] == [("AL752", 4)]
    raw = before.replace('"""Do', 'r"""Do')
    assert migrate("a.py", raw).data.decode() == raw.replace(", checkout=False", "")


def test_a_docstring_that_stands_twice_is_migrated_twice() -> None:
    docstring = (
        '    """Do.\n\n    >>> import arraylake\n    >>> arraylake.Client().get_repo("a/b", checkout=False)\n    """\n'
    )
    before = f"def f():\n{docstring}\n\ndef g():\n{docstring}"
    assert migrate("a.py", before).data.decode() == before.replace(", checkout=False", "")


def test_a_finding_in_a_docstring_is_where_its_line_is_in_the_file() -> None:
    example = ">>> import zarr\n    >>> zarr.copy_store(a, b)"
    result = migrate("a.py", f'import os\n\n\ndef f():\n    """Do.\n\n    {example}\n    """\n')
    assert [(f.code, f.span.line, f.span.column) for f in result.findings] == [("AL451", 8, 9)]


def test_an_example_is_not_supposed_to_be_for_zarr_2() -> None:
    example = '>>> import zarr\n    >>> zarr.open_group("a.zarr", mode="w")'
    result = migrate("a.py", f'def f():\n    """Do.\n\n    {example}\n    """\n')
    assert not result.findings


def test_imports_that_a_file_changes_do_not_get_into_its_docstrings() -> None:
    docstring = '"""Do.\n\n    >>> zarr.open_array("a", "w", shape=3)\n    """\n'
    before = f"import zarr\nfrom zarr.codecs import get_codec\n\n\ndef f():\n    {docstring}    return get_codec\n"
    after = before.replace("zarr.codecs", "numcodecs").replace('"w"', 'mode="w"')
    assert migrate("a.py", before).data.decode() == after


MARIMO = """import marimo
app = marimo.App()


@app.cell
def _():
    from arraylake import Client
    repo = Client().get_repo("a/b")
    return (repo,)


@app.cell
def _(repo):
    {}
    return


@app.cell
def _(repo):
    {}
    return
"""


def test_marimo_cells_take_and_return_what_they_need() -> None:
    after = migrate("a.py", MARIMO.format('repo.to_xarray("g")', "pass")).data.decode()
    assert "    return repo, session, xr\n" in after
    assert f"def _(session, xr):\n    {READ}\n    return\n" in after
    assert "def _(repo):\n    pass\n" in after


def test_a_session_that_two_marimo_cells_would_open_is_refused() -> None:
    before = MARIMO.format(
        'repo.root_group.attrs["a"] = 1\n    repo.commit("a")', 'repo.root_group.attrs["b"] = 1\n    repo.commit("b")'
    )
    with pytest.raises(SourceError, match="`session` would be bound in two cells"):
        migrate("a.py", before)


def test_a_comment_that_only_looks_like_a_magic_is_none() -> None:
    before = (
        '# %%\nimport arraylake\nx = [\n    # %d items\n    1,\n]\narraylake.Client().get_repo("a", checkout=False)\n'
    )
    assert migrate("a.py", before).data.decode() == before.replace(", checkout=False", "")


SETUP = """import marimo
app = marimo.App()

with app.setup:
    from arraylake import Client
    import xarray as xr


@app.function
def load(name):
    repo = Client().get_repo(name)
    return repo.to_xarray("g")


@app.cell
def _():
    load("a/b")
    return
"""


def test_functions_of_marimo_are_migrated_too() -> None:
    after = migrate("a.py", SETUP).data.decode()
    assert f'    session = repo.readonly_session(branch="main")\n    return {READ}\n' in after
    assert "    import xarray as xr\n\n\n@app.function\ndef load(name):\n" in after


def test_a_function_of_marimo_that_would_need_a_name_of_a_cell_is_refused() -> None:
    before = SETUP.replace("with app.setup:", "@app.cell\ndef _():").replace("xr\n", "xr\n    return\n", 1)
    before = before.replace("def load(name):", "def load(name):\n    from arraylake import Client")
    with pytest.raises(SourceError, match="would need `xr`, which a cell binds"):
        migrate("a.py", before)


def test_what_a_marimo_cell_no_longer_binds_it_no_longer_returns() -> None:
    before = MARIMO.format("isinstance(repo, Repo)", "pass").replace("(repo,)", "Repo, repo")
    before = before.replace("import Client", "import Client\n    from arraylake.repo import Repo")
    after = migrate("a.py", before.replace("def _(repo):", "def _(Repo, repo):", 1)).data.decode()
    assert "    return Repository, repo\n" in after
    assert "def _(Repository, repo):\n    isinstance(repo, Repository)\n" in after


def test_names_in_a_marimo_cell_may_have_any_letters() -> None:
    before = MARIMO.format("isinstance(repo, Repo)", "pass").replace("(repo,)", "größe, Repo, repo")
    before = before.replace("import Client", "import Client\n    from arraylake.repo import Repo\n    größe = 1")
    after = migrate("a.py", before.replace("def _(repo):", "def _(Repo, repo):", 1)).data.decode()
    assert "    return größe, repo, Repository\n\n\n@app.cell\ndef _(Repository, repo):\n" in after


def test_docstrings_of_a_file_with_the_line_ends_of_old_macs_stay() -> None:
    before = 'import arraylake\n\n\ndef f():\n    """Do.\n\n    >>> arraylake.Client().get_repo("a", checkout=False)\n    """\n'
    before = before.replace("\n", "\r")
    assert migrate("a.py", before).data.decode() == before
