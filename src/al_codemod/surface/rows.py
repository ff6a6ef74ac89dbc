"""The facts that the rules rest on: every member of Arraylake V1, each with what stands for it now, as data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Row:
    """One V1 member: in which versions it was, what it is now, and whether the change can be made unattended."""

    id: str
    v1: str
    versions: str
    now: str
    automation: str


@cache
def rows() -> dict[str, Row]:
    """All rows by their id."""
    text = files(__package__).joinpath("rows.json").read_text(encoding="utf-8")
    return {row["id"]: Row(**row) for row in json.loads(text)}
