"""Which files can hold V1 code at all: decided from their bytes, before LibCST is imported.

A file is a candidate when it names Arraylake. A helper may work on a V1 repo without naming the package, so a member
that only V1 has makes a candidate too, but such a name alone proves little (pandas has a `to_xarray` of its own): it
counts only in a run that sees Arraylake named somewhere, or for a file that the user named.
"""

PROOFS: tuple[bytes, ...] = (
    b"arraylake",
    b"ZARR_V3_EXPERIMENTAL_API",
)
"""What only code that uses Arraylake or zarr 2 says."""

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
    """Whether the bytes of a file name Arraylake or what belongs to zarr 2 alone."""
    # A plain search is some ten times faster than one compiled pattern of alternatives.
    return any(needle in data for needle in PROOFS)


def has_hint(data: bytes) -> bool:
    """Whether the bytes of a file name a member that V1 objects have."""
    return any(needle in data for needle in HINTS)
