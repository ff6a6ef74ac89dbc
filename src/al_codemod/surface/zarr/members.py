"""Members of zarr 2's groups, arrays and stores that zarr 3 has not, or that are something else there."""

from typing import Final

GROUP_MEMBERS: Final = frozenset(
    "attrs store path name basename read_only info tree keys values items groups arrays group_keys array_keys get visit "
    "visitkeys visitvalues visititems create_group require_group create_groups require_groups create_dataset require_dataset "
    "create array empty zeros ones full empty_like zeros_like ones_like full_like move clear pop popitem setdefault update "
    "chunk_store synchronizer meta_array create_array require_array members nmembers metadata store_path update_attributes "
    "create_hierarchy info_complete array_values group_values from_store open update_attributes_async info_items".split()
)
"""What is no child of a group, in zarr 2 or in zarr 3."""

GROUP_GONE: Final[dict[str, str]] = {
    "move": "on Icechunk 2: s = repo.rearrange_session(branch); s.move('/src', '/dst'); elsewhere copy, then delete",
    "pop": "read it, then del group[name]",
    "popitem": "read it, then del group[name]",
    "setdefault": "if name not in group: group[name] = ...",
    "clear": "del group[name] for each name",
    "update": "group[name] = value for each",
    "synchronizer": "zarr 3 has no synchronizers",
    "meta_array": "zarr.config.enable_gpu() for arrays on a GPU",
    "info_items": "group.info",
}
ARRAY_GONE: Final[dict[str, str]] = {
    "view": "convert what was read: array[...].view(...)",
    "digest": "hashlib over array[...]; the value differs",
    "hexdigest": "hashlib over array[...]; the value differs",
    "info_items": "array.info, or array.info_complete()",
    "synchronizer": "zarr 3 has no synchronizers",
    "meta_array": "zarr.config.enable_gpu() for arrays on a GPU",
    "_dimension_separator": "array.metadata.chunk_key_encoding.separator",
    "_chunk_key": "array.metadata.encode_chunk_key",
    "_cdata_shape": "array.cdata_shape",
    "_decode_chunk": "array.blocks[...]",
}
"""Members without an equal, and what to write."""

ARRAY_RENAMED: Final[dict[str, str]] = {
    "initialized": "{array}.nchunks_initialized",
    "nbytes_stored": "{array}.nbytes_stored()",
    "itemsize": "{array}.dtype.itemsize",
    "is_view": "False",
    "write_empty_chunks": "{array}.config.write_empty_chunks",
    "chunk_store": "{array}.store",
    "_version": "{array}.metadata.zarr_format",
}
"""Properties of arrays, each as zarr 3 says it."""

GROUP_RENAMED: Final[dict[str, str]] = {
    "chunk_store": "{group}.store",
    "_version": "{group}.metadata.zarr_format",
}
"""Properties of groups, the same."""

READ_ONLY_SETTERS: Final[dict[str, str]] = {
    "fill_value": "make the array anew with that fill_value",
    "read_only": "open it again with mode='r' or mode='r+'",
}

_ASYNCHRONOUS: Final = (
    "stores have asynchronous methods only: await store.get(key, prototype), store.list(), store.delete(key)"
)
STORE_GONE: Final[dict[str, str]] = {
    **dict.fromkeys(
        "keys values items listdir rmdir rename getsize clear pop update dir_path flush".split(), _ASYNCHRONOUS
    ),
}
