"""What makes a notebook a valid one: the schemas of nbformat."""

from typing import Any, Final

SOURCES: Final = ("source", "input")
"""What the source of a cell is called; the second is that of code cells before nbformat 4."""
VERSIONS: Final = (3, 4)
"""The major versions of nbformat whose notebooks are still around."""


def invalid(content: dict[str, Any], kind: str | None, version: int, minor: int) -> Exception | None:
    """What nbformat has against a notebook, or against a part of one of that kind."""
    from nbformat import validator  # slow to import

    errors = validator.iter_validate(content, kind, version, minor)  # type: ignore[no-untyped-call,unused-ignore]
    error: Exception | None = next(iter(errors), None)
    return error


def first_line(error: Exception) -> str:
    """What is wrong, in a line."""
    return str(getattr(error, "message", error)).splitlines()[0][:200]
