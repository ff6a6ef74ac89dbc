"""What makes plain zarr groups, arrays and stores."""

from typing import Final

from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.stores import STORE_CLASSES


def _all(names: str, kind: Kind, package: str = "zarr.") -> dict[str, Kind]:
    return {f"{package}{name}": kind for name in names.split()}


FUNCTIONS: Final[dict[str, Kind]] = {
    **_all("open_group group open_consolidated create_group", Kind.ZARR_GROUP),
    **_all("open", Kind.ZARR_NODE),
    **_all("open_array create create_array array zeros ones full empty open_like from_array", Kind.ZARR_ARRAY),
    **_all("zeros_like ones_like full_like empty_like", Kind.ZARR_ARRAY),
}
"""Functions of zarr that give groups and arrays."""

ARRAY_ONLY: Final = frozenset({"shape", "dtype", "chunks"})
"""Keywords of `zarr.open` that make it open or create an array."""

TYPES: Final[dict[str, Kind]] = {**_all("Group", Kind.ZARR_GROUP), **_all("Array", Kind.ZARR_ARRAY)}

_STORES: Final = (*STORE_CLASSES, "LocalStore", "FsspecStore")
STORES: Final[dict[str, str]] = {
    f"{package}{name}": name for package in ("zarr.", "zarr.storage.", "zarr.n5.") for name in _STORES
}
"""Classes of stores, each with the name that it is known by."""

METHODS: Final[dict[str, Kind]] = {
    **_all("create_group require_group", Kind.ZARR_GROUP, ""),
    **_all("create_dataset require_dataset create_array require_array create array", Kind.ZARR_ARRAY, ""),
    **_all("zeros ones empty full zeros_like ones_like empty_like full_like", Kind.ZARR_ARRAY, ""),
}
"""Methods of a group that give a node."""

PAIRS: Final[dict[str, Kind]] = {
    "arrays": Kind.ZARR_ARRAY,
    "groups": Kind.ZARR_GROUP,
    "items": Kind.ZARR_NODE,
    "members": Kind.ZARR_NODE,
}
CHILDREN: Final[dict[str, Kind]] = {
    "values": Kind.ZARR_NODE,
    "array_values": Kind.ZARR_ARRAY,
    "group_values": Kind.ZARR_GROUP,
}
