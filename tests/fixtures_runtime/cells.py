"""Documents as something that can be run: a notebook of their Python."""

import json
from pathlib import Path
from textwrap import dedent

from al_codemod.documents.document import is_document, open_document
from al_codemod.documents.parts import Part


def executable(path: Path, folder: Path) -> Path:
    """What runs the Python of a file: the file itself, or its folder, or a notebook in `folder` with its blocks as cells."""
    if path.is_dir():
        return path
    data = path.read_bytes()
    if path.suffix == ".ipynb" or not is_document(str(path), data):
        return path
    sources = [_source(part) for parts in open_document(str(path), data).modules for part in parts]
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
        for source in sources
    ]
    notebook = folder / f"{path.stem}.ipynb"
    notebook.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return notebook


def _source(part: Part) -> str:
    """The Python of a part, magics included."""
    own = dedent(part.restore(part.text))
    if not part.is_python:
        return ""
    # In a session or a quotation, the document's own text is not what is typed.
    return part.text if own.startswith((">", "In [")) else own.replace("# %time", "%time").replace("# !", "!")
