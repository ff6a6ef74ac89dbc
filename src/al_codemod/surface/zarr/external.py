"""What xarray and dask took with zarr 2, and take with zarr 3."""

from typing import Final

TO_ZARR: Final = "store chunk_store mode synchronizer group encoding".split()
"""xarray's `to_zarr` by position; today only `store`, `mode`, `group` and `encoding` are left, in that order."""

OPEN_ZARR: Final = (
    "store group synchronizer chunks decode_cf mask_and_scale decode_times concat_characters decode_coords drop_variables "
    "consolidated overwrite_encoded_chunks chunk_store storage_options decode_timedelta use_cftime"
).split()
"""xarray's `open_zarr` by position."""

DASK_TO_ZARR: Final = "arr url component storage_options overwrite region compute return_stored".split()
"""`dask.array.to_zarr` by position; `overwrite` is gone from it."""

DEAD: Final[dict[str, str]] = {
    "synchronizer": "zarr 3 does not synchronize: align the chunks, or lock",
    "chunk_store": "zarr 3 has one store: move metadata and chunks into it first",
}
DASK_DEAD: Final = ("synchronizer", "cache_metadata", "cache_attrs", "object_codec", "read_only")
