"""What is IPython syntax is what IPython itself takes for it."""

import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core import inputtransformer2

from al_codemod.documents.ipython import Escape
from al_codemod.documents.mask import Masked

LINES = [
    "x = 1",
    "%matplotlib inline",
    "%time ds = repo.to_xarray('g')",
    "%timeit -n 5 -r2 f(x)",
    "!ls -l",
    "!!ls",
    "!pip install a \\",
    "    'zarr<3'",
    "files = !ls {path}",
    "y = %sql select 1",
    "a.b = %magic",
    "f(a=!ls)",
    "repo.to_xarray?",
    "repo??",
    "?repo",
    "%time?",
    "x = a % b",
    "x = (a",
    "%b)",
    "z = [1,",
    "!2]",
    'text = """',
    "%foo",
    '"""',
    "# %time in a comment",
    "s = '%d' % 3  # !ls",
    "if x:",
    "    %time y = 2",
    "    !echo a",
    "else:",
    "    pass",
    "for i in !ls:",
    "/f a b",
    ",f a b",
    ";f a b",
    "plot();",
    "await g()",
    "print 'a'",
    "x = 'unterminated",
    "a != b",
    "a == %b",
    "= !ls",
    "x: int = %magic",
    "with open(f) as g: %time g.read()",
    "",
    "   ",
    "\tx = 2",
    "def f(): return %magic",
    "a = b = !ls",
    "%%time",
    "lambda: 3 %x",
    "x = 0o9",
    "é = !ls",
    "f'{x!r}'",
    "@decorator",
    "x \\",
    "% 3",
]


class Recording(Masked):
    """Keeps what was found, in its order."""

    def __init__(self, source: str) -> None:
        self.found: list[str] = []
        super().__init__(source)

    def _escape(self, escape: Escape) -> None:
        self.found.append(escape.text)
        super()._escape(escape)


def by_ipython(cell: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What IPython takes for special syntax, in the order in which it finds it."""
    found: list[str] = []
    assemble, help_end = inputtransformer2.assemble_continued_line, inputtransformer2.HelpEnd.transform

    def assembled(*arguments: object) -> str:
        found.append(assemble(*arguments))
        return found[-1]

    def helped(self: inputtransformer2.HelpEnd, lines: list[str]) -> list[str]:
        result = help_end(self, lines)
        found.append("".join(lines[self.start_line : self.q_line + 1])[self.start_col :].rstrip("\n"))
        return result

    with monkeypatch.context() as patch:
        patch.setattr(inputtransformer2, "assemble_continued_line", assembled)
        patch.setattr(inputtransformer2.HelpEnd, "transform", helped)
        manager = inputtransformer2.TransformerManager()
        lines = (cell if cell.endswith("\n") else cell + "\n").splitlines(keepends=True)
        manager.do_token_transforms(lines)
    return found


@pytest.mark.parametrize("line", LINES)
def test_each_line(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = f"x = 1\n{line}\ny = 2\n"
    assert Recording(cell).found == by_ipython(cell, monkeypatch)


@settings(
    max_examples=300,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(lines=st.lists(st.sampled_from(LINES), min_size=2, max_size=8))
def test_cells_of_any_lines(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "pass\n" + "\n".join(lines)
    try:
        theirs = by_ipython(cell, monkeypatch)
    except (SyntaxError, IndexError):  # IPython itself gives up
        return
    masked = Recording(cell)
    assert masked.found == theirs
    assert masked.text.count("\n") == cell.count("\n")
    try:
        ast.parse(masked.text)
    except SyntaxError:
        return
    assert masked.restore(masked.text) == cell
