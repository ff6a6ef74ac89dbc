"""Small notebooks for tests."""

import json
from pathlib import Path
from typing import Any

from fixtures_runtime.migration import Migrated, migrated


def notebook(*cells: str, **extra: Any) -> bytes:
    """A notebook with these code cells, as Jupyter writes it."""
    content = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": number,
                "id": f"cell-{number}",
                "metadata": {},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": [f"output {number}\n"]}],
                "source": cell.splitlines(keepends=True),
            }
            for number, cell in enumerate(cells, start=1)
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(content | extra, indent=1, ensure_ascii=False) + "\n").encode()


def sources(data: bytes) -> list[str]:
    """The sources of the cells of a notebook."""
    return ["".join(cell["source"]) for cell in json.loads(data)["cells"]]


def migrate(*cells: str, **settings: Any) -> tuple[list[str], Migrated]:
    """The sources of a notebook with these code cells after its migration, and all of that."""
    from al_codemod.settings import Settings

    result = migrated(Path("a.ipynb"), notebook(*cells), Settings(**settings))
    return sources(result.data), result
