"""The settings of `arraylake.config`: which keys still mean something, and what the others were for."""

from dataclasses import dataclass
from typing import Final

ENVIRONMENT: Final = "ZARR_V3_EXPERIMENTAL_API"
V3_SWITCH: Final = "zarr._storage.store.v3_api_available"


@dataclass(frozen=True, slots=True)
class DeadKey:
    """A key, or all keys below it, that Icechunk knows nothing of.

    A key with an `instead` had a purpose that something else serves now; only a person can write that, so that the key
    stays until it is written. Others are dropped.
    """

    key: str
    why: str
    instead: str = ""


_BUCKET = "where the data lies and how it is reached is part of the organization's bucket configuration"
_SERVER = "sessions are not kept on a server"
_INLINE = (
    "pass client.get_repo(..., config=config), where config = icechunk.RepositoryConfig.default() and "
    "config.inline_chunk_threshold_bytes = ..."
)
_RETRY = "pass rebase_tries= (with rebase_with=icechunk.ConflictDetector()) to session.commit"

DEAD_KEYS: Final[dict[str, DeadKey]] = {
    row.key: row
    for row in (
        DeadKey("s3", _BUCKET),
        DeadKey("gs", _BUCKET),
        DeadKey("chunkstore", "Icechunk stores its chunks by itself"),
        DeadKey("chunkstore.inline_threshold_bytes", "the repository decides which chunks are inline", _INLINE),
        DeadKey("max_commit_attempts", "commits are tried again by rebasing", _RETRY),
        DeadKey("commit_max_attempts", "commits are tried again by rebasing", _RETRY),
        DeadKey("commit", "commits are not retried by the service"),
        DeadKey("commit_*", "commits are not retried by the service"),
        DeadKey("server_managed_sessions", _SERVER),
        DeadKey("batch_size_for_commits", "a commit is one request"),
        DeadKey("async", "Icechunk has threads of its own"),
        DeadKey("user.org", "a repository is always named with its organization"),
        DeadKey("repo.allow_v1_*", "there are no V1 repos any more"),
    )
}


LIVE_KEYS: Final = frozenset({"chunkstore.use_delegated_credentials"})
"""Keys below a dead one that arraylake 1.7 still reads."""


def dead_key(key: str) -> DeadKey | None:
    """What became of a dotted key, `None` for one that still means something."""
    key = key.replace("-", "_").lower()
    name = key if key not in LIVE_KEYS else ""
    while name:
        found = DEAD_KEYS.get(name)
        if found is not None:
            return found
        name = name.rpartition(".")[0]
    return next((row for row in DEAD_KEYS.values() if row.key.endswith("*") and key.startswith(row.key[:-1])), None)


def dead_variable(name: str) -> str:
    """Why an environment variable means nothing any more, `""` where it does."""
    if name == ENVIRONMENT:
        return "zarr 3 has the format that this switched on"
    if name.startswith("ARRAYLAKE_"):
        found = dead_key(name.removeprefix("ARRAYLAKE_").replace("__", "."))
        if found is not None and not found.instead:
            return found.why
    return ""
