"""The facts about zarr 3: every change to zarr, xarray and dask that code for zarr 2 meets, as data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ZarrRow:
    """One spelling of zarr 2: what became of it, what to write, and how far that can be left to a program."""

    id: str
    area: str
    v2: str
    status: str
    v3: str
    safety: str
    silent: bool


@cache
def zarr_rows() -> dict[str, ZarrRow]:
    """All rows by their id."""
    text = files(__package__).joinpath("rows.json").read_text(encoding="utf-8")
    return {row["id"]: ZarrRow(**row) for row in json.loads(text)}
