"""Which versions work together: the table of the lines that migrated code runs on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from al_codemod.settings import Settings
from al_codemod.targets import Target


@dataclass(frozen=True, slots=True)
class Bound:
    """The versions of one package: from `floor`, below `ceiling` if there is one.

    A constraint that admits versions below `oldest` is out of date; without an `oldest` it is only when it shuts out all
    from `floor` on, because a resolver never takes a version that zarr or arraylake refuse. `bare` packages get the
    constraint even where they had none.
    """

    floor: str
    ceiling: str = ""
    oldest: str = ""
    bare: bool = False

    @property
    def constraint(self) -> str:
        return f">={self.floor}" + (f",<{self.ceiling}" if self.ceiling else "")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of versions: the Icechunk that `target` names, the Python it needs, and what goes with both."""

    target: Target
    icechunk: str
    python: Bound
    packages: Mapping[str, Bound]

    def bound(self, name: str, settings: Settings) -> Bound:
        """The versions of a package; the oldest zarr is a matter of the settings."""
        found = self.packages[name]
        return replace(found, floor=settings.target_zarr) if name == "zarr" else found


_COMMON: Final = {
    "zarr": Bound("3.1", oldest="3", bare=True),
    "dask": Bound("2025.2", oldest="2025.2"),
    "numpy": Bound("2.0"),
    "pydantic": Bound("2.9"),
}

LINES: Final[Mapping[Target, Line]] = {
    "1": Line(
        "1",
        "Icechunk 1.1",
        Bound("3.11", "3.14", oldest="3.11"),
        {
            **_COMMON,
            "arraylake": Bound("0.33", "1", oldest="0.24", bare=True),
            "icechunk": Bound("1.1", "2", oldest="1.1", bare=True),
            "numcodecs": Bound("0.14"),
            # to_icechunk of Icechunk 1 passes arguments that xarray 2026.9 no longer takes.
            "xarray": Bound("2025.6", "2026.9", oldest="2025.6"),
        },
    ),
    "2": Line(
        "2",
        "Icechunk 2",
        Bound("3.12", "3.15", oldest="3.12"),
        {
            **_COMMON,
            "arraylake": Bound("1.7", oldest="0.24", bare=True),
            "icechunk": Bound("2.3", oldest="2", bare=True),
            "numcodecs": Bound("0.16.6"),
            "xarray": Bound("2025.6", oldest="2025.6"),
        },
    ),
}

PRIMARY: Final = frozenset({"arraylake", "icechunk", "zarr"})
"""The packages that the migration is about; the others only have to go along."""

PACKAGES: Final = frozenset(LINES["2"].packages)

GONE_EXTRAS: Final[Mapping[str, str]] = {
    "grib": "kerchunk, cfgrib and eccodes",
    "icechunk": "",
    "min-reqs": "",
    "virtual": "kerchunk, h5py, imagecodecs and tifffile",
    "widgets": "ipytree",
}
"""Extras of V1's arraylake that are gone, and what they stood for that arraylake itself does not bring."""
