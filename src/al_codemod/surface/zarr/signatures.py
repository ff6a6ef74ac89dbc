"""The functions of zarr 2 that make or open nodes: the order of their parameters, and how zarr 3 takes them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """Functions that treat the arguments about an array alike."""

    GROUP = "group"  # no arguments about an array
    CREATE = "create"  # codecs=[...] for all codecs
    CREATE_ARRAY = "create_array"  # filters=, serializer=, compressors=


@dataclass(frozen=True, slots=True)
class Signature:
    """How zarr 2 binds the arguments of a function; the first `kept` of them stay positional in zarr 3."""

    order: tuple[str, ...]
    kept: int
    family: Family
    store: str = "store"
    """The parameter that takes the store."""


def _signature(order: str, family: Family, kept: int = 1) -> Signature:
    return Signature(tuple(order.split()), kept, family)


SIGNATURES: Final[dict[str, Signature]] = {
    "zarr.open": _signature("store mode", Family.CREATE),
    "zarr.open_group": _signature("store mode cache_attrs synchronizer path chunk_store storage_options", Family.GROUP),
    "zarr.open_array": _signature(
        "store mode shape chunks dtype compressor fill_value order synchronizer filters cache_metadata cache_attrs path "
        "object_codec chunk_store storage_options partial_decompress write_empty_chunks",
        Family.CREATE,
    ),
    "zarr.open_consolidated": _signature("store metadata_key mode", Family.GROUP),
    "zarr.consolidate_metadata": _signature("store metadata_key", Family.GROUP),
    "zarr.group": _signature("store overwrite chunk_store cache_attrs synchronizer path", Family.GROUP),
    "zarr.create": _signature(
        "shape chunks dtype compressor fill_value order store synchronizer overwrite path chunk_store filters "
        "cache_metadata cache_attrs read_only object_codec dimension_separator write_empty_chunks",
        Family.CREATE,
    ),
    "zarr.array": _signature("data", Family.CREATE),
    **{f"zarr.{name}": _signature("shape", Family.CREATE) for name in ("zeros", "ones", "empty")},
    "zarr.full": _signature("shape fill_value", Family.CREATE, kept=2),
    **{f"zarr.{name}_like": _signature("a", Family.CREATE) for name in ("zeros", "ones", "empty", "full")},
    "zarr.open_like": _signature("a path", Family.CREATE, kept=2),
    "zarr.save_array": _signature("store arr", Family.CREATE, kept=2),
    "zarr.load": _signature("store zarr_version path", Family.GROUP),
}

METHODS: Final[dict[str, tuple[str, Signature]]] = {
    "create_dataset": ("create_array", _signature("name", Family.CREATE_ARRAY)),
    "require_dataset": ("require_array", _signature("name shape dtype exact", Family.CREATE_ARRAY)),
    "array": ("create_array", _signature("name data", Family.CREATE_ARRAY)),
    "create": ("create_array", _signature("name", Family.CREATE_ARRAY)),
    **{name: (name, _signature("name", Family.CREATE, kept=0)) for name in ("zeros", "ones", "empty")},
    "full": ("full", _signature("name fill_value", Family.CREATE, kept=0)),
    **{
        f"{n}_like": (f"{n}_like", _signature("name data", Family.CREATE, kept=0))
        for n in ("zeros", "ones", "empty", "full")
    },
    "create_group": ("create_group", _signature("name overwrite", Family.GROUP)),
    "require_group": ("require_group", _signature("name overwrite", Family.GROUP)),
}
"""Methods of a group that make nodes: what zarr 3 calls them, and how zarr 2 bound their arguments."""

NO_EFFECT: Final[dict[str, str]] = {
    "partial_decompress": "",
    "storage_transformers": "",
    "metadata_key": "",
    "synchronizer": "zarr 3 does not synchronize: writers that share a chunk lose updates, so lock or write whole chunks",
    "cache_metadata": "zarr 3 does not refresh: open the array again to see what others did to it",
    "cache_attrs": "zarr 3 does not refresh: open the node again to see what others did to it",
    "meta_array": "use zarr.config.enable_gpu() for arrays on a GPU",
}
"""Keywords that zarr 3 refuses or ignores and that are dropped, each with what to think of."""

UNSUPPORTED: Final[dict[str, str]] = {
    "chunk_store": "zarr 3 has one store: move metadata and chunks into it first",
    "read_only": "the array is writable in zarr 3: open it again with mode='r'",
}
"""Keywords that meant something that zarr 3 cannot do."""

KNOWN_KEYWORDS: Final = frozenset(
    "store mode shape chunks dtype compressor compressors fill_value order synchronizer filters cache_metadata cache_attrs "
    "path object_codec chunk_store storage_options partial_decompress write_empty_chunks zarr_version zarr_format "
    "meta_array dimension_separator read_only overwrite metadata_key storage_transformers name data a codecs config attributes "
    "shards serializer chunk_key_encoding chunk_shape dimension_names use_consolidated exact arr write_data".split()
)
"""Keywords that zarr 2 or zarr 3 knows. Zarr 2 ignored others with a warning, zarr 3 refuses them."""
