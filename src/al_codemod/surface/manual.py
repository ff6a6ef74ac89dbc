"""Members of V1 objects that Icechunk has no equivalent of: why, and what to write instead."""

from dataclasses import dataclass
from typing import Final

from al_codemod.surface.kinds import Kind


@dataclass(frozen=True, slots=True)
class NoEquivalent:
    """A member without an equivalent. One that `changes` the session of its repo leaves the whole repo as it is."""

    rows: str
    message: str
    instead: str
    changes: bool = False


_REPO = (Kind.REPO, Kind.ASYNC_REPO)
_CLIENT = (Kind.CLIENT, Kind.ASYNC_CLIENT)
_VIRTUAL = (
    "declare the container once (icechunk.VirtualChunkContainer, repo.save_config()), then vds = "
    "open_virtual_dataset(url=..., "
    "registry=ObjectStoreRegistry({{...}}), parser={parser}) and vds.vz.to_icechunk(session.store, group=...)"
)
_KEYS = (
    "the keys of zarr 3 are a/b/zarr.json and a/b/c/0/0, where V1 had meta/root/a/b.array.json and data/root/a/b/c0/0"
)
_RAW = f"read attributes and chunks through zarr; {_KEYS}"
_ASYNC = f"the methods of a zarr 3 store are coroutines and async iterators; {_KEYS}"


def _virtual(parser: str) -> str:
    return _VIRTUAL.format(parser=parser)


def _members(
    kinds: tuple[Kind, ...], names: str, rows: str, message: str, instead: str, changes: bool = False
) -> dict[tuple[Kind, str], NoEquivalent]:
    row = NoEquivalent(rows, message, instead, changes)
    return {(kind, name): row for kind in kinds for name in names.split()}


MANUAL: Final[dict[tuple[Kind, str], NoEquivalent]] = {
    **_members(
        _REPO,
        "join_session",
        "repo.42 asyncrepo.07",
        "sessions are not kept on a server, so that none can be joined",
        "hand session.fork() to the workers, let them return it, and merge: session.merge(*forks)",
        changes=True,
    ),
    **_members(
        _REPO,
        "list_active_sessions",
        "repo.43 asyncrepo.07",
        "sessions are not kept on a server",
        "leave it out: a session is known only to the process that opened it",
    ),
    **_members(
        _REPO,
        "filter_metadata",
        "repo.48 asyncrepo.06",
        "there is no query of metadata",
        'walk zarr.open_group(session.store, mode="r").members(max_depth=None) and run jmespath on the attrs of each',
    ),
    **_members(
        _REPO,
        "add_virtual_netcdf",
        "repo.55 asyncrepo.07",
        "virtual datasets are written with VirtualiZarr",
        _virtual("HDFParser()") + "; NetCDF3Parser() for netCDF 3",
    ),
    **_members(
        _REPO,
        "add_virtual_hdf",
        "repo.56 asyncrepo.07",
        "virtual datasets are written with VirtualiZarr",
        _virtual("HDFParser()"),
    ),
    **_members(
        _REPO,
        "add_virtual_zarr",
        "repo.57 asyncrepo.07",
        "virtual datasets are written with VirtualiZarr",
        _virtual("ZarrParser()"),
    ),
    **_members(
        _REPO,
        "add_virtual_grib",
        "repo.58 asyncrepo.07",
        "VirtualiZarr has no parser for GRIB of its own",
        _virtual("<a parser for GRIB, such as gribberish has>"),
    ),
    **_members(
        _REPO,
        "add_virtual_tiff",
        "repo.59 asyncrepo.07",
        "virtual datasets are written with VirtualiZarr",
        _virtual("virtual_tiff.VirtualTIFF()"),
    ),
    **_members(
        _REPO,
        "add_kerchunk_references",
        "repo.60 asyncrepo.07",
        "virtual datasets are written with VirtualiZarr",
        _virtual("KerchunkJSONParser()") + "; it takes a URL, not a dict",
    ),
    **_members(
        _REPO,
        "_synchronize _wrap_async_iter _prefetch _get_doc _get_docs _doc_exists _get_chunk _get_chunks _chunk_exists "
        "_get_chunk_ref "
        "_get_chunk_refs _list _list_dir _list_prefix _getsize _tree _modified",
        "repo.52 asyncrepo.09",
        "documents and chunks of a repo cannot be reached one by one",
        _RAW,
    ),
    **_members(
        _REPO,
        "_set_doc _set_docs _del_doc _del_docs _set_chunk _set_chunks _del_chunk _del_chunks _set_chunk_ref "
        "_set_chunk_refs _rename "
        "_del_prefix",
        "repo.52 asyncrepo.09",
        "documents and chunks of a repo cannot be changed one by one",
        f"write through zarr, references to chunks with session.store.set_virtual_ref(...); {_KEYS}",
        changes=True,
    ),
    **_members(
        _REPO,
        "db chunkstore author",
        "asyncrepo.10",
        "a repository gives no access to its parts",
        "leave it out; who commits is set with repo.set_default_commit_metadata",
    ),
    **_members(
        (Kind.STORE,),
        "listdir keys values items list_prefix list list_dir",
        "store.14",
        "the store is listed otherwise",
        f"list(session.store.list_prefix(path)) or list(session.store.list_dir(path)); {_KEYS}",
    ),
    **_members(
        (Kind.STORE,),
        "get getitems setitems delitems pop popitem setdefault update erase get_partial_values set_partial_values "
        "clear",
        "store.15",
        "the store is no mapping any more",
        _ASYNC,
    ),
    **_members(
        (Kind.STORE,),
        "getsize",
        "store.16",
        "sizes are asked for otherwise",
        "zarr.core.sync.sync(session.store.getsize_prefix(path)); it counts the metadata too",
    ),
    **_members(
        (Kind.STORE,),
        "erase_prefix",
        "store.17",
        "the store deletes otherwise",
        f'del zarr.open_group(session.store, mode="a")[path]; {_KEYS}',
    ),
    **_members(
        (Kind.STORE,),
        "rename",
        "store.18",
        "nodes are moved in a session of their own",
        'session = repo.rearrange_session("main"); session.move("/old", "/new"); session.commit("move"), with '
        "icechunk 2",
    ),
    **_members(
        _CLIENT,
        "_set_repo_status _init_chunkstore _get_s3_credentials",
        "client.34",
        "this was private, and is gone",
        "leave it out; storage and credentials are the business of client.get_repo",
    ),
    **_members(
        _CLIENT,
        "get_api_client_id_from_token",
        "client.39",
        "API clients are asked for otherwise",
        "client.get_api_client_from_token(org, token), of an AsyncClient",
    ),
}

PICKLERS: Final = frozenset(
    {"pickle.dumps", "pickle.dump", "cloudpickle.dumps", "cloudpickle.dump", "copy.copy", "copy.deepcopy"}
)
PICKLED_INSTEAD: Final = (
    "a repository can be pickled, without a session; send session.fork() to those who write, and session.merge(...) "
    "what comes back"
)
COPIERS: Final = frozenset({"zarr.copy", "zarr.copy_all", "zarr.copy_store"})
COPIED_INSTEAD: Final = "zarr 3 cannot copy hierarchies; copy through xarray, or array by array: new[...] = old[...]"
