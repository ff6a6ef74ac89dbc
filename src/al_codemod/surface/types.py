"""The classes and modules of V1 that are gone: what stands for each of them now, or what to do without it.

Names are canonical, see `canonical`: whichever module a class was imported from, it has one name here.
"""

from dataclasses import dataclass
from typing import Final

_MOVED: Final = {
    "arraylake.repos.v1.repo.": "arraylake.repo.",
    "arraylake.repos.v1.zarr2_store.": "arraylake.repo.",
    "arraylake.repos.v1.zarr3_store.": "arraylake.repo.",
    "arraylake.repos.v1.types.": "arraylake.types.",
    "arraylake.repos.v1.commits.": "arraylake.commits.",
}


def canonical(name: str) -> str:
    """The one name of a V1 class that lived in several modules."""
    for old, new in _MOVED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a V1 type is called now: a member of `module`, or a builtin where there is no module."""

    member: str
    module: str = "icechunk"


_REPOSITORY = Replacement("Repository")
_SESSION = Replacement("Session")
_STR = Replacement("str", "")
_ALIASES = ("CommitID", "CommitIDHex", "BranchName", "TagName", "SessionID", "Path")

REPO: Final = "arraylake.repo.Repo"
TYPES: Final[dict[str, Replacement]] = {
    REPO: _REPOSITORY,
    "arraylake.repo.AsyncRepo": _REPOSITORY,
    "arraylake.repo.ArraylakeStore": Replacement("IcechunkStore"),
    "arraylake.repo.LocalSession": _SESSION,
    "arraylake.repo.LocalReadSession": _SESSION,
    "arraylake.repo.LocalWriteSession": _SESSION,
    "arraylake.repo.SessionStatus": Replacement("Diff"),
    "arraylake.commits.SessionStatus": Replacement("Diff"),
    "arraylake.types.Commit": Replacement("SnapshotInfo"),
    **{f"arraylake.types.{name}": _STR for name in _ALIASES},
}

EXCEPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "arraylake.exceptions.CommitFailedError": ("ConflictError", "RebaseFailedError"),
}
"""Exceptions that a commit raised, and those of Icechunk that are raised for the same reasons."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A name with no successor, and what to write instead. `*` at its end stands for a whole module."""

    name: str
    instead: str


_BRANCHES = "branches and tags are names: repo.list_branches(), repo.lookup_branch(name), and the same for tags"
_LOG = 'iterate over repo.ancestry(branch="main"), which gives icechunk.SnapshotInfo objects'
_ZARR = "walk the groups and arrays of zarr.open_group(session.store, mode='r')"
_SESSIONS = (
    "icechunk.Session has snapshot_id, branch, read_only and has_uncommitted_changes; sessions are not kept on a server"
)
_MODULE = "Icechunk has nothing for it: the storage is the business of the repository"

GONE: Final[dict[str, Gone]] = {
    row.name: row
    for row in (
        Gone("arraylake.types.Branch", _BRANCHES),
        Gone("arraylake.types.Tag", _BRANCHES),
        Gone("arraylake.types.NewTag", _BRANCHES),
        Gone("arraylake.types.Tree", _ZARR),
        Gone("arraylake.types.Array", _ZARR),
        Gone("arraylake.types.SessionType", _SESSIONS),
        Gone("arraylake.types.SessionInfo", _SESSIONS),
        Gone("arraylake.types.SessionBase", _SESSIONS),
        Gone("arraylake.types.NewSession", _SESSIONS),
        Gone("arraylake.types.NewCommit", _LOG),
        Gone("arraylake.types.CommitHistory", _LOG),
        Gone("arraylake.types.ReferenceData", "references to chunks are set with session.store.set_virtual_ref(...)"),
        Gone("arraylake.types.CollectionName", _MODULE),
        Gone("arraylake.types.ChunkHash", _MODULE),
        Gone("arraylake.types.ChunkstoreSchemaVersion", _MODULE),
        Gone("arraylake.types.DocResponse", _MODULE),
        Gone("arraylake.commits.*", _LOG),
        Gone("arraylake.chunkstore.*", _MODULE),
        Gone("arraylake.repos.v1.chunkstore.*", _MODULE),
        Gone("arraylake.repos.v1.metastore.*", _MODULE),
        Gone(
            "arraylake.metastore.*", "the catalogue is reached through arraylake.Client; repositories have no metastore"
        ),
        Gone(
            "arraylake.virtual.*",
            "virtualizarr.open_virtual_dataset(...), written with .vz.to_icechunk(session.store, group=...)",
        ),
        Gone(
            "arraylake.repos.v1.virtual.*",
            "virtualizarr.open_virtual_dataset(...), written with .vz.to_icechunk(session.store, group=...)",
        ),
        Gone("arraylake.zarr_util.*", "paths and metadata are those of zarr 3; use zarr itself"),
        Gone("arraylake.repos.v1.zarr_util.*", "paths and metadata are those of zarr 3; use zarr itself"),
        Gone(
            "arraylake.retrier.*",
            "session.commit(..., rebase_with=icechunk.ConflictDetector(), rebase_tries=...) tries again by itself",
        ),
        Gone("arraylake.strategies.*", "generate test data with hypothesis and zarr.testing.strategies"),
        Gone(
            "arraylake.experimental.*",
            "what was experimental has gone; iterate over zarr.open_group(session.store).members(max_depth=None)",
        ),
        Gone(
            "arraylake.cli.export.*",
            'xr.open_zarr(repo.readonly_session("main").store, group=...).to_zarr(destination), for each group',
        ),
        Gone("arraylake.repos.v1.*", "this module is gone; Icechunk's classes are in the icechunk package"),
        Gone("arraylake.repo.*", "this module is gone; Icechunk's classes are in the icechunk package"),
        Gone(
            "arraylake.exceptions.DocumentNotFoundError",
            "catch KeyError; with icechunk 2.1.2 or later icechunk.NodeNotFoundError too",
        ),
        Gone(
            "arraylake.exceptions.ChunkNotFoundError",
            "zarr reads a missing chunk as the fill value; catch KeyError for a missing node",
        ),
        Gone(
            "arraylake.exceptions.MissingChunkError",
            "zarr reads a missing chunk as the fill value; catch KeyError for a missing node",
        ),
        Gone(
            "arraylake.exceptions.ExpectedChunkNotFoundError",
            "catch icechunk.IcechunkError, which a chunk that is lost raises",
        ),
        Gone(
            "arraylake.exceptions.InvalidPrefixError", "paths have no meta/ or data/ in front any more; catch KeyError"
        ),
        Gone(
            "arraylake.exceptions.CommitNotFoundException",
            "catch icechunk.IcechunkError (2.1.2 and later: icechunk.SnapshotNotFoundError)",
        ),
        Gone("arraylake.exceptions.SessionNotFoundException", _SESSIONS),
    )
}

KEPT: Final = frozenset(
    {"arraylake.metastore", "arraylake.metastore.HttpMetastore", "arraylake.repos", "arraylake.repos.icechunk"}
)
"""Names that are still there, though their neighbours are gone."""

STAR: Final = ("AsyncClient", "Client", "config")
"""What `from arraylake import *` gave and is still there."""


def gone(name: str) -> Gone | None:
    """What to do without a canonical name, if it is gone; a module counts as a name too."""
    if name in TYPES or name in EXCEPTIONS:
        return None
    if name in KEPT:
        return None
    found = GONE.get(name)
    while found is None and name:
        found = GONE.get(f"{name}.*")
        name = name.rpartition(".")[0]
    return found
