"""The oldest versions that migrated code has to run on: how people name them, and what they have."""

from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from packaging.version import Version

Target = Literal["1", "2"]
"""A line of Icechunk: 1.1, or 2."""

OLDEST_ICECHUNK: Final = (1, 1)
NEWEST_MAJOR: Final = {"icechunk": 2, "zarr": 3}


def icechunk_target(value: object) -> Target:
    """The line of an Icechunk such as `1`, `1.1` or `2.3.0`. Raises `ValueError` with what is expected."""
    if value == "1" or value == "2":
        return value
    version = _version(value, 'a version of Icechunk such as "2"')
    if version.release < OLDEST_ICECHUNK:
        raise ValueError(f"Icechunk 1.1 is the oldest that can be migrated to, not {version}")
    _check_newest("Icechunk", version, NEWEST_MAJOR["icechunk"])
    return "1" if version.major == 1 else "2"


def zarr_target(value: object) -> str:
    """A version of zarr such as `3.1` or `3.0.10`. Raises `ValueError` with what is expected."""
    version = _version(value, 'a version of zarr such as "3.1"')
    if version.major < NEWEST_MAJOR["zarr"]:
        raise ValueError(f"zarr 3.0 is the oldest that can be migrated to, not {version}")
    _check_newest("zarr", version, NEWEST_MAJOR["zarr"])
    return str(version)


def _version(value: object, expected: str) -> "Version":
    # Not worth its import where nothing but the defaults is asked for.
    from packaging.version import InvalidVersion, Version

    try:
        return Version(value if isinstance(value, str) else "")
    except InvalidVersion:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        hint = f' (did you mean "{value}"?)' if number else ""
        raise ValueError(f"expected {expected}, not {value!r}{hint}") from None


def _check_newest(name: str, version: "Version", major: int) -> None:
    if version.major > major:
        raise ValueError(f"no {name} {version.major} is known, only {name} {major} and what is older")


@cache
def has(target: str, since: str) -> bool:
    """Whether a version to support has what came with another. One of two numbers is a line with all of its patch releases."""
    from packaging.version import Version

    oldest, wanted = Version(target).release, Version(since).release
    return oldest[:3] >= wanted if len(oldest) > 2 else oldest >= wanted[:2]
