"""The cells of a notebook are one program: a script becomes the same thing, wherever it is cut into cells."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures_runtime import FIXTURES
from fixtures_runtime.fixture import Fixture, scripts
from fixtures_runtime.migration import migrated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from al_codemod.documents import markdown, rst
from al_codemod.documents.blocks import read_text
from al_codemod.documents.splices import spliced
from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from al_codemod.source.text import decode

from .support import notebook, sources


def cells(text: str) -> list[str]:
    """A script, cut behind its imports and then behind every second statement."""
    body = ast.parse(text).body
    imports = [index for index, node in enumerate(body) if isinstance(node, ast.Import | ast.ImportFrom)]
    first = max(imports, default=0)
    gaps = [
        (before.end_lineno or 0)
        for index, (before, after) in enumerate(pairwise(body))
        if index >= first and (index - first) % 2 == 0 and first_line(after) > (before.end_lineno or 0)
    ]
    lines = text.splitlines(keepends=True)
    return ["".join(lines[a:b]) for a, b in pairwise([0, *gaps, len(lines)])]


def first_line(statement: ast.stmt) -> int:
    return min([statement.lineno, *(node.lineno for node in getattr(statement, "decorator_list", []))])


def code_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


PLAIN = [f for f in scripts() if not {"\r", "\f"} & set(f.before.read_bytes().decode())]


@pytest.mark.parametrize("fixture", PLAIN[::3], ids=lambda fixture: fixture.name)
def test_a_script_in_cells(fixture: Fixture) -> None:
    text = fixture.before.read_text(encoding="utf-8")
    result = migrated(Path("a.ipynb"), notebook(*cells(text)))
    assert code_lines("\n".join(sources(result.data))) == code_lines(migrate(text, Settings()).text)


LINES = st.sampled_from(
    [
        *("```python", "```", "~~~ py", "~~~", "```{code-cell}", ":tags: [a]", "---", ":::{code-block} python", ":::"),
        *("> ```python", "> x = 1", "> ```", "- a", "  ```py", "  x = 1", "  ```", "<!--", "-->", "text::", ""),
        *("x = 1", "    y = 2", "if x:", "é = 'a", ">>> x", ">>> if x:", "...     y", "...", "  >>> z", "1", "   "),
        *(".. code-block:: python", "   :linenos:", "   x = 1", "   >>> x", "In [1]: x", "   ...: y", "Out[1]: 2"),
        *("%time x = 1", "!ls {x} \\", "  y", "```bash", "$ pip install a", "%%bash", "x?", "\tx", "\x0c", "a\u2028b"),
    ]
)


@settings(max_examples=400, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=st.lists(LINES, max_size=14), line_end=st.sampled_from(["\n", "\r\n"]), end=st.sampled_from(["", "\n"]))
def test_parts_that_are_written_again_are_the_same(lines: list[str], line_end: str, end: str) -> None:
    text = line_end.join(lines) + end
    for find in (markdown.blocks, rst.blocks):
        document = read_text("a", text.encode(), find)
        parts = [part for part in document.parts if not any(left.hidden for left in part.left)]
        for part in parts:
            part.parse()
        same = {part: part.restore(part.text) for part in parts if part.problem is None or not part.is_python}
        assert spliced(document.text, document.splices(same)) == text


@pytest.mark.parametrize("path", sorted((FIXTURES / "negative").glob("*.py")), ids=lambda path: path.stem)
def test_what_is_not_v1_stays_in_a_notebook_too(path: Path) -> None:
    before = notebook(*cells(decode(str(path), path.read_bytes()).text))
    result = migrated(Path("a.ipynb"), before)
    assert result.data == before
    assert result.findings == ()
