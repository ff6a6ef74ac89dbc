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

GROUP_METHODS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "create_dataset": ("create_array", ("name",)),
    "require_dataset": ("require_array", ("name", "shape", "dtype", "exact")),
    "array": ("create_array", ("name", "data")),
    "zeros": ("zeros", ("name",)),
    "ones": ("ones", ("name",)),
    "empty": ("empty", ("name",)),
    "full": ("full", ("name", "fill_value")),
    "zeros_like": ("zeros_like", ("name", "data")),
    "ones_like": ("ones_like", ("name", "data")),
    "empty_like": ("empty_like", ("name", "data")),
    "full_like": ("full_like", ("name", "data")),
    "create_group": ("create_group", ("name", "overwrite")),
}
"""Methods of a zarr 2 group that make nodes: what they are called in zarr 3, and the order of their parameters."""

KEYWORD_ONLY_NAME: Final = frozenset(
    {"zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like"}
)
"""Methods of a zarr 3 group that take even the name by keyword only."""

CODEC_KEYWORDS: Final = frozenset({"compressor", "filters", "object_codec"})
"""Keywords that took numcodecs objects, which zarr 3 refuses for its own format."""

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
