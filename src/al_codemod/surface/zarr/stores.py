"""Stores of zarr 2, and those of zarr 3 that took their place."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Store:
    """A class of zarr 2: the order of its parameters, and its successor in `zarr.storage`, if it has one."""

    order: tuple[str, ...]
    new: str = ""
    review: str = ""
    instead: str = ""


def _gone(instead: str) -> Store:
    return Store((), instead=instead)


_OTHER: Final = "zarr 3 has no such store: copy the data into zarr.storage.LocalStore, ZipStore or FsspecStore"

STORE_CLASSES: Final[dict[str, Store]] = {
    "DirectoryStore": Store(("path", "normalize_keys", "dimension_separator"), "LocalStore"),
    "NestedDirectoryStore": Store(
        ("path", "normalize_keys", "dimension_separator"),
        "LocalStore",
        "with zarr_format=2, arrays need dimension_separator='/' to be made as before",
    ),
    "MemoryStore": Store(("root", "cls", "dimension_separator"), "MemoryStore"),
    "DictStore": Store(("root", "cls", "dimension_separator"), "MemoryStore"),
    "KVStore": Store(("store_dict",), "MemoryStore", "zarr 3 takes a dict only, not any mapping"),
    "ZipStore": Store(
        ("path", "compression", "allowZip64", "mode", "dimension_separator"),
        "ZipStore",
        "zarr 3 opens it for reading unless mode= says otherwise",
    ),
    "TempStore": Store(("suffix", "prefix", "dir", "normalize_keys", "dimension_separator"), "LocalStore"),
    "FSStore": Store(
        (
            "url",
            "normalize_keys",
            "key_separator",
            "mode",
            "exceptions",
            "dimension_separator",
            "fs",
            "check",
            "create",
        ),
        "FsspecStore",
    ),
    "LRUStoreCache": Store(("store", "max_size"), "CacheStore"),
    "DBMStore": _gone(_OTHER),
    "LMDBStore": _gone(_OTHER),
    "SQLiteStore": _gone(_OTHER),
    "MongoDBStore": _gone(_OTHER),
    "RedisStore": _gone(_OTHER),
    "ABSStore": _gone("zarr.storage.FsspecStore.from_url('abfs://...', storage_options={...}), with adlfs installed"),
    "N5Store": _gone("zarr 3 has no N5: convert the data with zarr 2"),
    "N5FSStore": _gone("zarr 3 has no N5: convert the data with zarr 2"),
    "ConsolidatedMetadataStore": _gone("zarr.open_group(store, use_consolidated=True)"),
}

IGNORED: Final = frozenset(
    {"normalize_keys", "dimension_separator", "key_separator", "check", "create", "exceptions", "cls"}
)
"""Parameters that zarr 3's stores have not; the names of keys are a matter of the array."""

STORE_NAMES: Final[dict[str, str]] = {
    f"{package}.{name}": name
    for name in STORE_CLASSES
    for package in ("zarr", "zarr.storage", "zarr.n5", "zarr._storage.absstore")
}
STILL_THERE: Final = frozenset({"zarr.storage.MemoryStore", "zarr.storage.ZipStore"})
"""Names that zarr 3 has too."""
