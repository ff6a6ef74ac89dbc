"""Names that zarr 3 has elsewhere, or nowhere."""

from typing import Final

from al_codemod.surface.zarr.codecs import CODECS

MOVED: Final[dict[str, tuple[str, str]]] = {
    "zarr.version.version": ("zarr", "__version__"),
    "zarr.blosc": ("numcodecs", "blosc"),
    "zarr.get_codec": ("numcodecs", "get_codec"),
    "zarr.register_codec": ("numcodecs", "register_codec"),
    "zarr.codec_registry": ("numcodecs.registry", "codec_registry"),
    "zarr.codecs.get_codec": ("numcodecs", "get_codec"),
    "zarr.codecs.register_codec": ("numcodecs", "register_codec"),
    "zarr.codecs.codec_registry": ("numcodecs.registry", "codec_registry"),
    "numcodecs.zarr3": ("zarr.codecs", "numcodecs"),
    "zarr.MetadataError": ("zarr.errors", "MetadataValidationError"),
    "zarr.errors.MetadataError": ("zarr.errors", "MetadataValidationError"),
    "zarr.errors._BaseZarrError": ("zarr.errors", "BaseZarrError"),
    **{f"zarr.{name}": ("numcodecs", name) for name in CODECS},
}
"""Where a name is now: the module, and what it is called there."""

INDEX_ERRORS: Final = frozenset(
    {"BoundsCheckError", "NegativeStepError", "ArrayIndexError", "VindexInvalidSelectionError"}
)
"""Errors of indexing, which zarr 3 did not name from the beginning."""

REVIEWED: Final = frozenset({"zarr.MetadataError", "zarr.errors.MetadataError", "zarr.errors._BaseZarrError"})

_LOCK: Final = "zarr 3 has no synchronizers: use a threading.Lock, or write whole chunks; Icechunk has transactions"
_PRIVATE: Final = "zarr 3 keeps this to itself, below zarr.core"
_NO_COPY: Final = "make the arrays anew: dest.create_array(name, data=source[...], chunks=source.chunks)"
_KEYS: Final = "zarr 3 has no such helper; ask the groups and arrays themselves"

GONE: Final[dict[str, str]] = {
    "zarr.sync": _LOCK,
    "zarr.ThreadSynchronizer": _LOCK,
    "zarr.ProcessSynchronizer": _LOCK,
    "zarr.indexing": _PRIVATE,
    "zarr.util": _PRIVATE,
    "zarr.meta": _PRIVATE,
    "zarr.meta_v1": _PRIVATE,
    "zarr.attrs": _PRIVATE,
    "zarr.context": _PRIVATE,
    "zarr._storage": "zarr.abc.store.Store, which is asynchronous",
    "zarr.n5": "zarr 3 has no N5: convert the data with zarr 2",
    **{
        f"zarr.types.{name}": "a literal of your own: Literal['C', 'F'], Literal['.', '/']"
        for name in ("MEMORY_ORDER", "DIMENSION_SEPARATOR", "ZARR_VERSION", "PathLike", "MetaArray")
    },
    "zarr.copy": _NO_COPY,
    "zarr.copy_all": f"for name, node in source.members(max_depth=None): {_NO_COPY}",
    "zarr.copy_store": f"for name, node in source.members(max_depth=None): {_NO_COPY}",
    "zarr.CopyError": "zarr 3 does not copy, so that it does not fail at it",
    "zarr.errors.CopyError": "zarr 3 does not copy, so that it does not fail at it",
    "zarr.errors.BadCompressorError": "TypeError or ValueError",
    "zarr.errors.FSPathExistNotDir": "NotADirectoryError",
    "zarr.errors.err_too_many_indices": _PRIVATE,
    "zarr.storage.Store": "zarr.abc.store.Store, which is asynchronous",
    "zarr.storage.BaseStore": "zarr.abc.store.Store, which is asynchronous",
    "zarr.storage.contains_array": "isinstance(group.get(path), zarr.Array)",
    "zarr.storage.contains_group": "isinstance(group.get(path), zarr.Group)",
    "zarr.storage.rmdir": "del group[path]",
    "zarr.storage.listdir": "sorted(group.keys())",
    "zarr.storage.getsize": "array.nbytes_stored()",
    "zarr.storage.rename": "copy, then delete; on Icechunk 2: repo.rearrange_session(branch).move(...)",
    "zarr.storage.default_compressor": "pass compressors=, or zarr.config.set({'array.v2_default_compressor...': ...})",
    **{
        f"zarr.storage.{name}": _KEYS
        for name in "normalize_storage_path normalize_store_arg array_meta_key group_meta_key attrs_key migrate_1to2 "
        "atexit_rmtree atexit_rmglob".split()
    },
    **{f"zarr.codecs.{name}": codec.instead for name, codec in CODECS.items() if codec.instead},
}
"""Names without a successor, and what to write."""
