"""Positional orders of zarr 2 functions and methods, whose arguments zarr 3 mostly takes by keyword only."""

from typing import Final

POSITIONAL: Final[dict[str, tuple[str, ...]]] = {
    "zarr.open": ("store", "mode"),
    "zarr.open_group": ("store", "mode", "cache_attrs", "synchronizer", "path", "chunk_store", "storage_options"),
    "zarr.open_array": (
        *("store", "mode", "shape", "chunks", "dtype", "compressor", "fill_value", "order", "synchronizer", "filters"),
        *("cache_metadata", "cache_attrs", "path", "object_codec", "chunk_store", "storage_options"),
    ),
    "zarr.group": ("store", "overwrite", "chunk_store", "cache_attrs", "synchronizer", "path"),
    "zarr.create": (
        *(
            "shape",
            "chunks",
            "dtype",
            "compressor",
            "fill_value",
            "order",
            "store",
            "synchronizer",
            "overwrite",
            "path",
        ),
        *("chunk_store", "filters", "cache_metadata", "cache_attrs", "read_only", "object_codec"),
    ),
}
"""The parameters of zarr 2's functions in order. The first stays positional in zarr 3."""

ARRAY_KEYWORDS: Final = frozenset(
    {"compressor", "filters", "object_codec", "chunks", "dtype", "order", "write_empty_chunks", "partial_decompress"}
)
"""Parameters about an array, which zarr 3 calls otherwise or takes other values for."""

DEAD_KEYWORDS: Final = frozenset(
    {"zarr_version", "synchronizer", "chunk_store", "cache_attrs", "cache_metadata", "dimension_separator"}
)
"""Keywords that mean nothing on an Icechunk store."""

TO_ICECHUNK_KEYWORDS: Final = frozenset(
    {"group", "mode", "append_dim", "region", "encoding", "safe_chunks", "chunkmanager_store_kwargs"}
)
"""Keywords that `icechunk.xarray.to_icechunk` shares with `to_zarr`."""

TO_ZARR_NEUTRAL: Final = frozenset({"zarr_version", "zarr_format", "consolidated", "synchronizer"})
"""Keywords of `to_zarr` that `to_icechunk` decides by itself."""
