"""What V1 objects, and the zarr and xarray objects made from them, have as members.

One row a member: the kind it belongs to, its name, what it gives and what it does. Members that a kind's `UNKNOWN` row
covers need no row of their own. Rows name the entries of the facts tables that they stand for (`rows`), which is how the
coverage test knows that nothing was forgotten.
"""

from dataclasses import dataclass
from typing import Final

from al_codemod.surface.kinds import Effect, Kind


@dataclass(frozen=True, slots=True)
class Member:
    """A property (`call=False`) or a method; `effect` happens on access or on the call."""

    kind: Kind
    name: str
    gives: Kind | None
    effect: Effect
    call: bool
    rows: tuple[str, ...] = ()


NEW_MEMBERS: Final = frozenset(
    "writable_session readonly_session writable_session_async readonly_session_async rearrange_session transaction".split()
)
"""Members that only Icechunk's repository has: code that uses one is migrated already."""


def _properties(kind: Kind, effect: Effect, names: str, gives: Kind | None = None, rows: str = "") -> list[Member]:
    return [Member(kind, name, gives, effect, False, tuple(rows.split())) for name in names.split()]


def _methods(kind: Kind, effect: Effect, names: str, gives: Kind | None = None, rows: str = "") -> list[Member]:
    return [Member(kind, name, gives, effect, True, tuple(rows.split())) for name in names.split()]


def _client(kind: Kind, repo: Kind) -> list[Member]:
    return [
        *_methods(kind, Effect.OPEN, "get_repo create_repo get_or_create_repo", repo),
        *_methods(
            kind,
            Effect.NONE,
            "list_repos delete_repo modify_repo login logout get_repo_object create_bucket_config get_bucket_config "
            "list_bucket_configs delete_bucket_config set_default_bucket_config list_repos_for_bucket_config",
        ),
    ]


def _repo(kind: Kind) -> list[Member]:
    lists = _methods if kind is Kind.ASYNC_REPO else _properties
    return [
        *_properties(kind, Effect.READ, "store", Kind.STORE, "repo.30"),
        *_properties(kind, Effect.READ, "root_group", Kind.GROUP, "repo.31"),
        *_properties(kind, Effect.BASE, "session", Kind.SESSION, "repo.35"),
        *lists(kind, Effect.NONE, "branches", Kind.BRANCHES, "repo.23"),
        *lists(kind, Effect.NONE, "tags", Kind.TAGS, "repo.24"),
        *lists(kind, Effect.BASE, "commit_log", Kind.LOG, "repo.25"),
        *_properties(kind, Effect.NONE, "_arepo", Kind.ASYNC_REPO, "repo.52"),
        *_properties(kind, Effect.NONE, "repo_name", None, "repo.51"),
        *_methods(kind, Effect.NONE, "to_sync_repo", Kind.REPO, "asyncrepo.08"),
        *_methods(kind, Effect.READ, "to_xarray", Kind.DATASET, "repo.33"),
        *_methods(kind, Effect.READ, "status", Kind.STATUS, "repo.44"),
        *_methods(kind, Effect.READ, "tree", Kind.TREE, "repo.47"),
        *_methods(kind, Effect.COMMIT, "commit", Kind.COMMIT_ID, "repo.10"),
        *_methods(kind, Effect.CHECKOUT, "checkout", Kind.COMMIT_ID, "repo.01"),
        *_methods(kind, Effect.CHECKOUT, "create_session", Kind.SESSION, "repo.41"),
        *_methods(kind, Effect.NEW_BRANCH, "new_branch", None, "repo.21"),
        *_methods(kind, Effect.TOUCH, "fast_forward", None, "repo.15"),
        *_methods(kind, Effect.BASE, "tag", Kind.TAG, "repo.16"),
        *_methods(kind, Effect.NONE, "delete_tag delete_branch ping close"),
        *_methods(kind, Effect.NONE, " ".join(sorted(NEW_MEMBERS - {"transaction"})), Kind.NEW_SESSION),
    ]


_READ_METHODS = (
    "keys values items groups arrays group_keys array_keys get info_items visit visitkeys visitvalues visititems tree "
    "get_basic_selection get_orthogonal_selection get_mask_selection get_coordinate_selection get_block_selection "
    "astype view islice hexdigest digest"
)
_READ_PROPERTIES = (
    "info name path basename shape dtype chunks ndim size nbytes nbytes_stored nchunks nchunks_initialized fill_value "
    "order compressor filters read_only cdata_shape itemsize initialized meta_array synchronizer"
)
_CREATE_ARRAY = (
    "create_dataset array create empty zeros ones full empty_like zeros_like ones_like full_like create_array"
)
_CHANGE = (
    "append resize move clear pop popitem set_basic_selection set_orthogonal_selection set_mask_selection "
    "set_coordinate_selection set_block_selection update"
)

_ZARR_3_PROPERTIES = "metadata store_path compressors serializer shards read_only config size is_view"
_ZARR_3_METHODS = "members nmembers array_values group_values info_complete open from_store get_array get_group"


def _node(kind: Kind) -> list[Member]:
    return [
        *_properties(kind, Effect.NONE, "attrs", Kind.ATTRS),
        *_properties(kind, Effect.READ, "store chunk_store", Kind.STORE),
        *_properties(kind, Effect.READ, _READ_PROPERTIES),
        *_properties(kind, Effect.READ, "oindex vindex blocks", Kind.ARRAY),
        *_methods(kind, Effect.READ, _READ_METHODS),
        *_methods(kind, Effect.WRITE, _CREATE_ARRAY, Kind.ARRAY),
        *_methods(kind, Effect.WRITE, "create_group", Kind.GROUP),
        *_methods(kind, Effect.WRITE, "create_groups __setitem__ __delitem__"),
        *_methods(kind, Effect.READ, "__getitem__", Kind.NODE if kind is not Kind.ARRAY else None),
        *_methods(kind, Effect.TOUCH, "require_group", Kind.GROUP),
        *_methods(kind, Effect.TOUCH, "require_dataset require_array", Kind.ARRAY),
        *_methods(kind, Effect.TOUCH, "require_groups setdefault"),
        *_methods(kind, Effect.TOUCH, _CHANGE),
        *_properties(kind, Effect.READ, _ZARR_3_PROPERTIES),
        *_methods(kind, Effect.READ, _ZARR_3_METHODS),
        *_methods(kind, Effect.TOUCH, "update_attributes create_hierarchy"),
    ]


MEMBERS: Final[dict[tuple[Kind, str], Member]] = {
    (member.kind, member.name): member
    for member in (
        *_client(Kind.CLIENT, Kind.REPO),
        *_client(Kind.ASYNC_CLIENT, Kind.ASYNC_REPO),
        *_properties(Kind.CLIENT, Effect.NONE, "aclient", Kind.ASYNC_CLIENT, "client.03"),
        *_repo(Kind.REPO),
        *_repo(Kind.ASYNC_REPO),
        *_properties(Kind.STORE, Effect.NONE, "_repo", Kind.REPO, "store.19"),
        *_properties(Kind.STORE, Effect.NONE, "_arepo", Kind.ASYNC_REPO, "store.19"),
        *_properties(Kind.NEW_SESSION, Effect.NONE, "store", Kind.STORE),
        *_methods(Kind.STORE, Effect.TOUCH, "rmdir rename erase erase_prefix clear delitems setitems pop update"),
        *_methods(Kind.STORE, Effect.READ, "listdir list_dir list_prefix list keys getsize getitems get"),
        *_node(Kind.GROUP),
        *_node(Kind.ARRAY),
        *_node(Kind.NODE),
        *_methods(Kind.ATTRS, Effect.TOUCH, "update put setdefault pop clear popitem __setitem__ __delitem__"),
        *_methods(Kind.ATTRS, Effect.READ, "asdict get keys values items refresh"),
        *_properties(Kind.SESSION, Effect.BASE, "branch base_commit", None, "repo.36 repo.37"),
        *_methods(Kind.SESSION, Effect.DISCARD, "abandon", None, "repo.39"),
        *_methods(Kind.SESSION, Effect.NONE, "update_expiration", None, "repo.40"),
        *_properties(Kind.COMMIT, Effect.NONE, "id parent_commit", Kind.COMMIT_ID, "types.01 types.03"),
        *_properties(
            Kind.COMMIT, Effect.NONE, "message commit_time author_name author_email", None, "types.02 types.04"
        ),
        *_properties(Kind.BRANCH, Effect.NONE, "id", None, "types.09"),
        *_properties(Kind.BRANCH, Effect.NONE, "commit_id", Kind.COMMIT_ID, "types.09"),
        *_properties(Kind.TAG, Effect.NONE, "id label", None, "types.10"),
        *_properties(Kind.TAG, Effect.NONE, "commit_id", Kind.COMMIT_ID, "types.10"),
        *_properties(Kind.TAG, Effect.NONE, "commit", Kind.COMMIT, "types.10"),
        *_properties(Kind.STATUS, Effect.NONE, "modified_paths", Kind.MODIFIED, "repo.45"),
    )
}

ELEMENTS: Final = {Kind.LOG: Kind.COMMIT, Kind.BRANCHES: Kind.BRANCH, Kind.TAGS: Kind.TAG, Kind.TASKS: Kind.TASK}
"""What iterating, indexing and unpacking gives."""

V1_ONLY: Final = frozenset("root_group to_xarray new_branch commit_log fast_forward delete_tag _arepo".split())
"""Members that make an un-annotated parameter a V1 repo, in a module that has to do with arraylake.

`to_xarray` counts only together with another member of a repo, or where the parameter is called `repo`: pandas has it too.
"""

NODE_PAIRS: Final = {"arrays": Kind.ARRAY, "groups": Kind.GROUP, "items": Kind.NODE}
"""Methods of a group that iterate over names and nodes."""

DATASET_READS: Final = frozenset(
    "values data load compute persist to_dataframe to_netcdf to_numpy item plot to_pandas to_dict".split()
)
"""Members of a lazy dataset that read its values, after which xarray keeps them in memory."""


DATASET_FACTS: Final = frozenset(
    "attrs sizes dims shape ndim dtype name size nbytes encoding chunks chunksizes".split()
)
"""What a lazy dataset knows since it was opened: plain dicts, tuples, numbers and strings."""


NDARRAY_NAMES: Final = frozenset(
    "T all any argmax argmin argsort astype base byteswap choose clip compress conj conjugate copy cumprod cumsum data "
    "diagonal dot dtype dump dumps fill flags flat flatten getfield imag item itemset itemsize max mean min nbytes ndim "
    "newbyteorder nonzero partition prod ptp put ravel real repeat reshape resize round searchsorted setfield setflags shape "
    "size sort squeeze std strides sum swapaxes take tobytes tofile tolist tostring trace transpose var view".split()
)
"""What numpy arrays have: the result of indexing something that may be an array is asked for these."""

V1_UNMISTAKABLE: Final = frozenset(
    "root_group to_xarray new_branch commit_log fast_forward join_session create_session filter_metadata "
    "add_virtual_netcdf add_virtual_hdf add_virtual_zarr add_virtual_grib add_virtual_tiff add_kerchunk_references".split()
)
"""Members that, in a module that has to do with arraylake, are hardly anything else's."""

DEAD_OPEN_KEYWORDS: Final = frozenset(
    {"checkout", "read_only", "kind", "bucket_nickname", "virtual_container_nicknames"}
)
"""Keywords of `get_repo` and its relatives that only V1's client takes."""
