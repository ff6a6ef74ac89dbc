"""Make a notebook fixture: run cells on real Arraylake V1, and save them with what they displayed.

    python tests/record_notebook.py CELLS.py FOLDER [SPELLING...]

`CELLS.py` is a script in the percent format (`# %%`, `# %% [markdown]`, `# %% [raw]`) with magics as they are in a
notebook; the `seed.py` in the folder, if there is one, makes the repositories to start from. A spelling is a key of
`SPELLINGS` below: one of the many ways in which programs write the same notebook. Then `tests/accept.py` takes over.
"""

import base64
import json
import re
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]
_CELL = re.compile(r"^# %%[ \t]*(?:\[(\w+)\])?[ \t]*\n", re.MULTILINE)


def cells_of(text: str) -> list[tuple[str, str]]:
    """Pairs of kind and source."""
    parts = _CELL.split(text)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(kind or "code", _source(kind or "code", source)) for kind, source in pairs]


def _source(kind: str, source: str) -> str:
    source = source.strip("\n")
    return source if kind == "code" else re.sub(r"^# ?", "", source, flags=re.MULTILINE)


def notebook(cells: list[tuple[str, str]], outputs: list[list[Any]]) -> Notebook:
    """A notebook as Jupyter makes it."""
    made: list[Notebook] = []
    recorded = iter(outputs)
    for number, (kind, source) in enumerate(cells):
        cell: Notebook = {"cell_type": kind, "id": f"{zlib.crc32(source.encode()) + number:08x}", "metadata": {}}
        if kind == "code":
            shown = next(recorded)
            count = number * 3 + 1
            shown = [o | {"execution_count": count} if o["output_type"] == "execute_result" else o for o in shown]
            cell = {"cell_type": kind, "execution_count": count, "id": cell["id"], "metadata": {}, "outputs": shown}
        made.append(cell | {"source": source.splitlines(keepends=True)})
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    info = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.9",
    }
    return {
        "cells": made,
        "metadata": {"kernelspec": kernel, "language_info": info},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


# How notebooks are written


def _each_code_cell(change: Callable[[Notebook], None]) -> Callable[[Notebook], None]:
    def apply(content: Notebook) -> None:
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                change(cell)

    return apply


def _without_ids(minor: int) -> Callable[[Notebook], None]:
    def apply(content: Notebook) -> None:
        content["nbformat_minor"] = minor
        for cell in content["cells"]:
            del cell["id"]

    return apply


def _version_3(content: Notebook) -> None:
    cells = []
    for cell in content.pop("cells"):
        source = cell.pop("source")
        del cell["id"]
        if cell["cell_type"] == "code":
            cell |= {
                "input": source,
                "language": "python",
                "collapsed": False,
                "prompt_number": cell.pop("execution_count"),
            }
            cell["outputs"] = [_old_output(output) for output in cell["outputs"]]
        else:
            cell["source"] = source
        cells.append(cell)
    content["metadata"] = {"name": "", "signature": "sha256:0123"}
    content |= {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells, "metadata": {}}]}


def _old_output(output: Notebook) -> Notebook:
    if output["output_type"] == "stream":
        return {"output_type": "stream", "stream": output["name"], "text": output["text"]}
    data = {{"text/plain": "text", "text/html": "html", "image/png": "png"}[k]: v for k, v in output["data"].items()}
    if output["output_type"] == "execute_result":
        return {"output_type": "pyout", "prompt_number": output["execution_count"], "metadata": {}} | data
    return {"output_type": "display_data", "metadata": {}} | data


def _numbers(cell: Notebook) -> None:
    """Numbers that other parsers change: the text is put in place of the markers when the file is written."""
    numbers = [f"<<{number}>>" for number in NUMBERS]
    data = {"application/json": {"values": numbers}, "text/plain": ["<IPython.core.display.JSON object>"]}
    cell["outputs"].append({"output_type": "display_data", "data": data, "metadata": {}})


NUMBERS = (
    "1e400",
    "123456789012345678901234567890",
    "1.10",
    "1E5",
    "-0.0",
    "2.220446049250313e-16",
    "0.1000000000000000055",
)


def _image(cell: Notebook) -> None:
    rows = b"".join(b"\0" + bytes((x * y) % 251 for x in range(3 * 40)) for y in range(40))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40, 40, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    data = {"image/png": base64.encodebytes(png).decode(), "text/plain": ["<Figure size 40x40 with 1 Axes>"]}
    cell["outputs"].append({"output_type": "display_data", "data": data, "metadata": {"needs_background": "light"}})


def _set(cell: Notebook, **values: Any) -> None:
    cell.update(values)


def _reversed(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _reversed(value) for key, value in reversed(content.items())}
    return [_reversed(item) for item in content] if isinstance(content, list) else content


def _extras(content: Notebook) -> None:
    content["metadata"] |= {
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "toc": {"base_numbering": 1},
    }
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] = {"tags": ["keep", "é"], "slideshow": {"slide_type": "slide"}, "collapsed": bool(number % 2)}
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}


CHANGES: dict[str, Callable[[Notebook], None]] = {
    "string": _each_code_cell(lambda cell: _set(cell, source="".join(cell["source"]))),
    "one-item": _each_code_cell(lambda cell: _set(cell, source=["".join(cell["source"])])),
    "pieces": _each_code_cell(lambda cell: _set(cell, source=re.findall(r"(?s).{1,17}", "".join(cell["source"])))),
    "pairs": _each_code_cell(
        lambda cell: _set(cell, source=re.findall(r"(?:.*\n){2}|.+\Z|.*\n", "".join(cell["source"])))
    ),
    "crlf-source": _each_code_cell(lambda cell: _set(cell, source=[s.replace("\n", "\r\n") for s in cell["source"]])),
    "4.0": _without_ids(0),
    "4.2": _without_ids(2),
    "4.4": _without_ids(4),
    "3": _version_3,
    "numbers": _each_code_cell(_numbers),
    "image": _each_code_cell(_image),
    "extras": _extras,
    "stripped": _each_code_cell(lambda cell: _set(cell, outputs=[], execution_count=None)),
}
"""Other contents."""

FORMATS: dict[str, dict[str, Any]] = {
    "indent-2": {"indent": 2},
    "indent-4": {"indent": 4},
    "tabs": {"indent": "\t"},
    "minified": {"separators": (",", ":"), "indent": None},
    "one-line": {"indent": None},
    "ascii": {"ensure_ascii": True},
    "sorted": {"sort_keys": True},
    "spaced": {"separators": (" ,", " : ")},
}
"""Arguments of `json.dumps`."""

TEXTS: dict[str, Callable[[str], str]] = {
    "upper": lambda text: re.sub(r"(?<!\\)\\u([0-9a-f]{4})", lambda m: f"\\u{m[1].upper()}", text),
    "slashes": lambda text: text.replace("/", "\\/"),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "no-newline": lambda text: text.rstrip("\n"),
    "newlines": lambda text: text + "\n\n",
}
"""Other texts for the same content."""


def spelled(content: Notebook, spellings: list[str]) -> bytes:
    """A notebook as bytes."""
    options: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
    for name in spellings:
        if name in CHANGES:
            CHANGES[name](content)
        options |= FORMATS.get(name, {})
    if "reversed" in spellings:
        content = _reversed(content)
    text = json.dumps(content, **options) + "\n"
    text = re.sub(r'"<<(.*?)>>"', r"\1", text)
    for name in spellings:
        text = TEXTS.get(name, str)(text)
    return text.encode()


SPELLINGS = {*CHANGES, *FORMATS, *TEXTS, "reversed"}

# Inside of the V1 environment


def record(source: Path, target: Path) -> None:
    """Run the code cells of a list, and store what each displays."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance(colors="NoColor")
    shell.history_manager.enabled = False
    outputs = []
    for cell in json.loads(source.read_text()):
        with capture_output() as captured:
            result = shell.run_cell(cell)
        outputs.append(_outputs(shell, captured, result))
    target.write_text(json.dumps(outputs))


def _outputs(shell: Any, captured: Any, result: Any) -> list[Notebook]:
    found: list[Notebook] = []
    for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr)):
        # What the display hook prints is an output of its own.
        printed = re.sub(r"^Out\[\d+\]: .*", "", text, flags=re.MULTILINE | re.DOTALL)
        if printed:
            found.append({"name": name, "output_type": "stream", "text": printed.splitlines(keepends=True)})
    for shown in captured.outputs:
        data = {kind: str(value).splitlines(keepends=True) for kind, value in shown.data.items()}
        found.append({"data": data, "metadata": {}, "output_type": "display_data"})
    if result.result is not None:
        formats, _ = shell.display_formatter.format(result.result, include=["text/plain", "text/html"])
        data = {kind: value.splitlines(keepends=True) for kind, value in formats.items()}
        found.append({"data": data, "execution_count": 0, "metadata": {}, "output_type": "execute_result"})
    return found


def main() -> None:
    if sys.argv[1] == "--inside":
        record(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    from accept import ENVS
    from al_oracle.notebook import code
    from al_oracle.processes import Cold
    from al_oracle.side import Side

    source, folder, spellings = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    if unknown := set(spellings) - SPELLINGS:
        sys.exit(f"unknown spellings: {unknown}")
    cells = cells_of(source.read_text())
    with tempfile.TemporaryDirectory() as root:
        python = Cold(str(ENVS / "v1" / "bin" / "python"))
        side = Side("v1", Path(root), python, python)
        if (folder / "seed.py").exists():
            side.must(folder / "seed.py", 120)
        inside, outside = Path(root, "cells.json"), Path(root, "outputs.json")
        inside.write_text(json.dumps([code(text) for kind, text in cells if kind == "code"]))
        run = side.execute(Path(__file__), ["--inside", str(inside), str(outside)], 120)
        if run.failed:
            sys.exit(run.stderr)
        content = notebook(cells, json.loads(outside.read_text()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "before.ipynb").write_bytes(spelled(content, spellings))


if __name__ == "__main__":
    main()
