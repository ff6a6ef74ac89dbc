"""What only code for zarr 3 says. Where a program says any of it, code that zarr 2 would run too is taken to be for zarr 3."""

import re
from typing import Final

_NAMES: Final = (
    r"zarr\.(?:abc|api|buffer|config|core\.(?!Array\b)|dtype|errors\.Node|experimental|registry|testing)",
    r"from zarr\.(?:abc|api|buffer|core\.\w+|dtype|experimental|registry|testing)\b",
    r"zarr\.(?:AsyncArray|AsyncGroup|create_array|create_group|from_array|create_hierarchy)\b",
    r"(?:Local|Fsspec|Object|Logging|Wrapper)Store\b",
    r"StorePath\b",
    r"(?:Blosc|Bytes|Zstd|Gzip|Transpose|Sharding|VLenUTF8|VLenBytes|Crc32c)Codec\b",
    r"ArrayV[23]Metadata\b",
    r"icechunk\b",
)
_KEYWORDS: Final = "zarr_format shards compressors serializer chunk_key_encoding dimension_names use_consolidated"
_METHODS: Final = "create_array require_array members nmembers update_attributes nbytes_stored\\(\\)"

ZARR_3: Final = re.compile(
    "|".join(
        [
            *(rf"\b{name}" for name in _NAMES),
            rf"\b(?:{'|'.join(_KEYWORDS.split())})\b",
            rf"\.(?:{'|'.join(_METHODS.split())})",
        ]
    )
)
