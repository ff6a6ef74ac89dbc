"""Which files can hold V1 code at all: decided from their bytes, before LibCST is imported.

A file is a candidate when it names Arraylake. A helper may work on a V1 repo without naming the package, so a member
that only V1 has makes a candidate too, but such a name alone proves little (pandas has a `to_xarray` of its own): it
counts only in a run that sees Arraylake named somewhere, or for a file that the user named.

Code for zarr 2 names zarr, and something that only zarr 2 has. In a run that sees Arraylake, naming zarr is enough.
"""

PROOFS: tuple[bytes, ...] = (
    b"arraylake",
    b"ZARR_V3_EXPERIMENTAL_API",
)
"""What only code that uses Arraylake or zarr 2 says."""

ZARR_2: tuple[bytes, ...] = (
    b"DirectoryStore",
    b"FSStore",
    b"ABSStore",
    b"KVStore",
    b"TempStore",
    b"DictStore",
    b"DBMStore",
    b"LMDBStore",
    b"SQLiteStore",
    b"RedisStore",
    b"MongoDBStore",
    b"N5Store",
    b"LRUStoreCache",
    b"MemoryStore(",
    b"ZipStore(",
    b"Synchronizer",
    b"synchronizer",
    b"create_dataset",
    b"require_dataset",
    b"zarr_version",
    b"compressor",
    b"numcodecs",
    b"zarr.hierarchy",
    b"zarr.convenience",
    b"zarr.creation",
    b"zarr.core",
    b"zarr.util",
    b"zarr.errors",
    b"zarr.storage",
    b"zarr.copy",
    b"zarr.save",
    b"zarr.load",
    b"zarr.open",
    b"zarr.group",
    b"zarr.create",
    b"zarr.zeros",
    b"zarr.ones",
    b"zarr.empty",
    b"zarr.full",
    b"zarr.array",
    b"zarr.tree",
    b"zarr.Group",
    b"zarr.Array",
    b"from zarr",
    b"open_zarr(",
    b"to_zarr(",
)
"""What zarr 2 code says; a file without any of it, or without the name of zarr itself, has nothing to migrate."""

HINTS: tuple[bytes, ...] = (
    b"al-codemod: ignore",  # where it is of no use any more, that is to be said
    b"_arepo",
    b"add_kerchunk_references",
    b"add_virtual_grib",
    b"add_virtual_hdf",
    b"add_virtual_netcdf",
    b"add_virtual_tiff",
    b"add_virtual_zarr",
    b"commit_log",
    b"create_session",
    b"delete_branch",
    b"delete_tag",
    b"fast_forward",
    b"filter_metadata",
    b"get_or_create_repo",
    b"get_repo",
    b"join_session",
    b"list_active_sessions",
    b"new_branch",
    b"root_group",
    b"to_sync_repo",
    b"to_xarray",
    b"zarr_version",
)
"""Members of V1 objects whose names are rare elsewhere."""


def has_proof(data: bytes) -> bool:
    """Whether the bytes of a file name Arraylake, or zarr with something that zarr 2 code uses."""
    # A plain search is some ten times faster than one compiled pattern of alternatives.
    return any(needle in data for needle in PROOFS) or (b"zarr" in data and any(needle in data for needle in ZARR_2))


def has_hint(data: bytes) -> bool:
    """Whether the bytes of a file name zarr, or a member that V1 objects have."""
    return b"zarr" in data or any(needle in data for needle in HINTS)
