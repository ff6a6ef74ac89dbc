"""The codecs of numcodecs, and those of zarr 3 that do the same."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """What a codec works on, which decides about the keyword that it is passed by."""

    ARRAY = "array"  # filters=
    BYTES = "bytes"  # compressors=
    CHECK = "check"  # compressors=, before the compressor; a filter in zarr 2
    NONE = "none"  # zarr 3 has no such codec


@dataclass(frozen=True, slots=True)
class Codec:
    """One class of numcodecs: the order of its parameters, the class of `zarr.codecs`, and defaults that differ there."""

    order: tuple[str, ...]
    new: str
    stage: Stage
    defaults: dict[str, str] = field(default_factory=dict)
    instead: str = ""


def _wrapped(name: str, order: str, stage: Stage) -> Codec:
    return Codec(tuple(order.split()), f"numcodecs.{name}", stage)


def _none(instead: str) -> Codec:
    return Codec((), "", Stage.NONE, instead=instead)


_SERIALIZE: Final = "zarr 3 has no such codec: store the values as text, with dtype=str"

CODECS: Final[dict[str, Codec]] = {
    "Blosc": Codec(
        ("cname", "clevel", "shuffle", "blocksize"),
        "BloscCodec",
        Stage.BYTES,
        {"cname": '"lz4"', "clevel": "5", "shuffle": '"shuffle"'},
    ),
    "Zstd": Codec(("level", "checksum"), "ZstdCodec", Stage.BYTES, {"level": "0"}),
    "GZip": Codec(("level",), "GzipCodec", Stage.BYTES, {"level": "1"}),
    "Zlib": _wrapped("Zlib", "level", Stage.BYTES),
    "BZ2": _wrapped("BZ2", "level", Stage.BYTES),
    "LZMA": _wrapped("LZMA", "format check preset filters", Stage.BYTES),
    "LZ4": _wrapped("LZ4", "acceleration", Stage.BYTES),
    "Delta": _wrapped("Delta", "dtype astype", Stage.ARRAY),
    "FixedScaleOffset": _wrapped("FixedScaleOffset", "offset scale dtype astype", Stage.ARRAY),
    "Quantize": _wrapped("Quantize", "digits dtype astype", Stage.ARRAY),
    "BitRound": _wrapped("BitRound", "keepbits", Stage.ARRAY),
    "AsType": _wrapped("AsType", "encode_dtype decode_dtype", Stage.ARRAY),
    "PackBits": _wrapped("PackBits", "", Stage.ARRAY),
    "Shuffle": _wrapped("Shuffle", "elementsize", Stage.CHECK),
    "Fletcher32": _wrapped("Fletcher32", "", Stage.CHECK),
    "CRC32": _wrapped("CRC32", "location", Stage.CHECK),
    "Categorize": _none("zarr 3 has no such codec: store the codes, and the labels as an attribute"),
    "JSON": _none(_SERIALIZE),
    "MsgPack": _none(_SERIALIZE),
    "Pickle": _none(_SERIALIZE),
    "VLenUTF8": _none("dtype=str needs no codec"),
    "VLenBytes": _none("dtype='variable_length_bytes' needs no codec"),
    "VLenArray": _none("zarr 3 has no ragged arrays: store the values and their offsets"),
    "Base64": _none("zarr 3 has no such codec"),
}

MODULES: Final[dict[str, str]] = {
    "Blosc": "blosc",
    "Zstd": "zstd",
    "GZip": "gzip",
    "Zlib": "zlib",
    "BZ2": "bz2",
    "LZMA": "lzma",
    "LZ4": "lz4",
    "Delta": "delta",
    "FixedScaleOffset": "fixedscaleoffset",
    "Quantize": "quantize",
    "BitRound": "bitround",
    "AsType": "astype",
    "PackBits": "packbits",
    "Shuffle": "shuffle",
    "Fletcher32": "fletcher32",
    "CRC32": "checksum32",
    "Categorize": "categorize",
    "JSON": "json",
    "MsgPack": "msgpacks",
    "Pickle": "pickles",
    "VLenUTF8": "vlen",
    "VLenBytes": "vlen",
    "VLenArray": "vlen",
    "Base64": "base64",
}
"""The modules of numcodecs that the classes are in."""

NAMES: Final[dict[str, str]] = {
    **{f"{package}.{name}": name for name in CODECS for package in ("numcodecs", "zarr", "zarr.codecs")},
    **{f"numcodecs.{module}.{name}": name for name, module in MODULES.items()},
}
"""Every name that zarr 2 code may import a codec by."""

SHUFFLES: Final[dict[object, str]] = {
    0: '"noshuffle"',
    1: '"shuffle"',
    2: '"bitshuffle"',
    -1: "",
    "NOSHUFFLE": '"noshuffle"',
    "SHUFFLE": '"shuffle"',
    "BITSHUFFLE": '"bitshuffle"',
    "AUTOSHUFFLE": "",
}
"""Values of Blosc's `shuffle`, by number and by constant, in zarr 3; nothing is said where it is to choose by itself."""

DTYPE_PARAMETERS: Final = frozenset({"dtype", "astype", "encode_dtype", "decode_dtype"})
"""Parameters that zarr 3's wrappers write into the metadata, so that they have to be text."""
