"""Whatever a notebook looks like and whatever changes in it: no byte changes but in the literals of changed lines."""

import codecs
import json
from difflib import SequenceMatcher
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from al_codemod.documents.lines import split
from al_codemod.documents.notebook import Notebook
from al_codemod.documents.read_notebook import read
from al_codemod.documents.splices import spliced

PROFILE = settings(
    max_examples=250, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)

# Anything that JSON can say, halves of surrogate pairs among it.
LINE = st.one_of(
    st.sampled_from(["x = 1", "", "    y", "été 😀", 'a = "\\n"', "a/b", "\t", "x\r", "\u2028", "\x0c"]),
    st.text(st.characters(exclude_characters="\n", exclude_categories=[]), max_size=12),
)
SOURCE = st.lists(LINE, max_size=6).map("\n".join)
NUMBERS = ["1e400", "123456789012345678901234567890", "1.10", "1E5", "-0.0", "0.1000000000000000055", "NaN"]


@st.composite
def source_values(draw: st.DrawFn, text: str) -> Any:
    """A source as one string, as a list of lines, or as a list of pieces of any length."""
    kind = draw(st.sampled_from(["string", "lines", "lines", "lines", "pieces"]))
    if kind == "string":
        return text
    if kind == "lines":
        return split(text)
    pieces: list[str] = []
    while text:
        size = draw(st.integers(0, 4))
        pieces.append(text[:size])
        text = text[size:]
    return pieces


@st.composite
def notebooks(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A notebook in some spelling, and the sources of its code cells."""
    sources = draw(st.lists(SOURCE, min_size=1, max_size=4))
    cells = []
    for number, source in enumerate(sources):
        data = {"text/plain": ["<<number>>"], "application/json": "<<number>>"}
        cell: dict[str, Any] = {
            "cell_type": "code",
            "source": draw(source_values(source)),
            "execution_count": number,
            "metadata": draw(st.sampled_from([{}, {"tags": ["é"]}, {"a/b": {"source": ["not this"]}}])),
            "outputs": draw(st.sampled_from([[], [{"output_type": "display_data", "metadata": {}, "data": data}]])),
        }
        cells.append(dict(draw(st.permutations(list(cell.items())))))
        if draw(st.booleans()):
            cells.append({"cell_type": "markdown", "metadata": {}, "source": ["# text\n", "é"]})
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": draw(st.sampled_from([0, 2, 4]))}
    text = json.dumps(
        dict(draw(st.permutations(list(content.items())))),
        indent=draw(st.sampled_from([None, 0, 1, 2, 4, "\t"])),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([None, (",", ":"), (", ", ": "), (" ,", " :  ")])),
    )
    text = text.replace('"<<number>>"}', draw(st.sampled_from(NUMBERS)) + "}")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    text = draw(st.sampled_from(["", "\ufeff"])) + text + draw(st.sampled_from(["", "\n", "\r\n", "\n\n "]))
    # What cannot be written as UTF-8 is written as an escape.
    return b"".join(_encoded(character) for character in text), sources


def _encoded(character: str) -> bytes:
    return f"\\u{ord(character):04x}".encode() if 0xD800 <= ord(character) < 0xE000 else character.encode()


@st.composite
def edits(draw: st.DrawFn, source: str) -> str:
    """A source with some lines changed, some gone and some new."""
    lines = source.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines)))
        lines[at : at + draw(st.integers(0, 2))] = draw(st.lists(LINE, max_size=2))
    return "\n".join(lines)


def source_of(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def changed(notebook: Notebook, new: dict[int, str]) -> bytes:
    parts = {notebook.parts[index]: text for index, text in new.items()}
    return notebook.encode(spliced(notebook.text, notebook.splices(parts)))


def texts(data: bytes) -> list[str]:
    content = json.loads(data.decode().removeprefix("\ufeff"))
    return [source_of(cell) for cell in content["cells"] if cell["cell_type"] == "code"]


@PROFILE
@given(st.data())
def test_only_sources_change(data: st.DataObject) -> None:
    before, sources = data.draw(notebooks())
    assert texts(before) == sources
    notebook = read("a.ipynb", before)
    new = {index: data.draw(edits(text)) for index, text in enumerate(sources) if data.draw(st.booleans())}
    after = changed(notebook, new)
    assert texts(after) == [new.get(index, text) for index, text in enumerate(sources)]
    assert without_sources(notebook) == without_sources(read("a.ipynb", after))
    assert after.startswith(codecs.BOM_UTF8) == before.startswith(codecs.BOM_UTF8)


def without_sources(notebook: Notebook) -> str:
    """The text of a notebook with nothing in its sources."""
    cells = sorted((cell.source.start, cell.source.end, "") for cell in notebook.code_cells.values())
    return spliced(notebook.text, cells)


@PROFILE
@given(st.data())
def test_of_a_list_of_lines_only_the_changed_ones_change(data: st.DataObject) -> None:
    before, sources = data.draw(notebooks())
    notebook = read("a.ipynb", before)
    index = data.draw(st.integers(0, len(sources) - 1))
    cell = notebook.code_cells[notebook.parts[index]]
    new = data.draw(edits(sources[index]))
    old_lines, new_lines = split(sources[index]), split(new)
    if not cell.source.is_list or list(cell.source.texts) != old_lines:
        return
    kept = set(range(len(old_lines)))
    for tag, i1, i2, _, _ in SequenceMatcher(None, old_lines, new_lines, autojunk=False).get_opcodes():
        kept -= set(range(i1, i2)) if tag != "equal" else set()
    for start, end, _ in notebook.splices({notebook.parts[index]: new}):
        for line in kept:
            first, last = cell.source.spans[line]
            assert end <= first or start >= last


@PROFILE
@given(st.data())
def test_what_is_written_again_is_the_same(data: st.DataObject) -> None:
    before, sources = data.draw(notebooks())
    notebook = read("a.ipynb", before)
    assert changed(notebook, dict(enumerate(sources))) == before
    assert changed(notebook, {}) == before
