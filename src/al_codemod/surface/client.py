"""What became of the arguments of the client: which are gone, which have another name."""

from dataclasses import dataclass
from typing import Final

REPO_METHODS: Final = ("get_repo", "create_repo", "get_or_create_repo")
CREATING_METHODS: Final = ("create_repo", "get_or_create_repo")


@dataclass(frozen=True, slots=True)
class DeadKeyword:
    """A keyword that a method no longer takes, and why nothing is lost without it (`certain`: whatever its value)."""

    method: str
    name: str
    why: str
    certain: bool = True


_SESSION = "a repository is opened without a session"
_LOGIN = "the login page knows the organization"

DEAD_KEYWORDS: Final[dict[tuple[str, str], DeadKeyword]] = {
    (row.method, row.name): row
    for row in (
        DeadKeyword("get_repo", "checkout", _SESSION),
        DeadKeyword("get_repo", "read_only", "the session decides what may be written"),
        DeadKeyword("get_or_create_repo", "checkout", _SESSION),
        DeadKeyword("create_repo", "checkout", _SESSION),
        DeadKeyword("login", "org", _LOGIN),
        DeadKeyword("logout", "org", "a logout concerns the only login that there is"),
        DeadKeyword("logout", "browser", "a logout needs no browser"),
        DeadKeyword("Client", "auth_org", _LOGIN, certain=False),
        DeadKeyword("AsyncClient", "auth_org", _LOGIN, certain=False),
    )
}
"""By method, or name of the class, and keyword."""

POSITIONAL: Final[dict[tuple[str, int], str]] = {
    ("create_repo", 1): "bucket_config_nickname",
    ("get_or_create_repo", 1): "bucket_config_nickname",
}
"""Arguments that were passed by position and no longer can be, with the name that they have now."""

RENAMED: Final[dict[tuple[str, str], str]] = {
    ("create_repo", "bucket_nickname"): "bucket_config_nickname",
    ("get_or_create_repo", "bucket_nickname"): "bucket_config_nickname",
}

KIND_OF_ICECHUNK: Final = frozenset({"icechunk", "arraylake.types.RepoKind.Icechunk", "RepoKind.Icechunk"})
KIND_OF_V1: Final = frozenset({"v1", "arraylake.types.RepoKind.V1", "RepoKind.V1"})

NICKNAMES: Final = "virtual_container_nicknames"
NICKNAMES_INSTEAD: Final = (
    "drop the argument and authorize the containers once, as somebody who may write: "
    'client.update_virtual_chunk_containers(name, add={"s3://bucket/prefix/": "<bucket nickname>"}) with arraylake '
    "1.5 or "
    "later; the keys are the URL prefixes of the containers, not their names"
)
IMPORT_INSTEAD: Final = (
    'client.import_repo(name, "<bucket nickname>", "<prefix>", description=..., metadata=...) adopts a repository '
    "that is in the "
    "bucket already"
)
DELETED_INSTEAD: Final = (
    "arraylake 1.x keeps the name of a deleted repository for seven days; pass immediate=True to delete_repo there "
    "(earlier versions do not take it)"
)
ASSIGNED_INSTEAD: Final = "make another client, with Client(service_uri=..., token=...)"
