"""Members that V1 objects share with what takes their place: uses of them need no change."""

from typing import Final

from al_codemod.surface.kinds import CLIENTS, REPOS, Kind

_CLIENT: Final = (
    "aclient service_uri token get_repo create_repo get_or_create_repo import_repo get_repo_object list_repos "
    "list_repos_paginated "
    "delete_repo modify_repo login logout create_bucket_config get_bucket_config list_bucket_configs "
    "delete_bucket_config "
    "set_default_bucket_config list_repos_for_bucket_config get_icechunk_storage "
    "get_icechunk_container_credentials_from_bucket "
    "containers_credentials_for_buckets authorize_virtual_chunk_access update_virtual_chunk_containers "
    "get_virtual_chunk_containers "
    "set_virtual_chunk_access_policy delete_virtual_chunk_access_policy list_virtual_chunk_access_policies "
    "get_services "
    "get_permission_check get_api_client_from_token get_orgs get_obstore_for_bucket get_openeo_connection get_iceberg "
    "create_iceberg_namespace delete_iceberg_namespace get_iceberg_namespace list_iceberg_namespaces "
    "modify_iceberg_namespace "
    "restore_iceberg_namespace list_iceberg_tables list_iceberg_namespaces_paginated list_iceberg_tables_paginated"
)
_REPOSITORY: Final = (
    "writable_session readonly_session rearrange_session transaction create_branch create_tag list_branches list_tags "
    "lookup_branch "
    "lookup_tag lookup_snapshot delete_branch delete_tag reset_branch diff expire_snapshots garbage_collect "
    "rewrite_manifests "
    "save_config fetch_config reopen exists total_chunks_storage chunk_storage_stats set_default_commit_metadata "
    "inspect_snapshot "
    "inspect_manifest inspect_repo_info inspect_transaction_log list_manifest_files fetch_spec_version feature_flags "
    "enabled_feature_flags disabled_feature_flags set_feature_flag get_metadata set_metadata update_metadata "
    "get_status set_status "
    "ops_log ancestry_graph create open open_or_create"
)
_REPOSITORY_ONLY: Final = (
    "ancestry async_ancestry attribution authorized_virtual_container_prefixes config default_commit_metadata "
    "metadata spec_version "
    "storage"
)
_STORE: Final = (
    "session read_only close supports_writes supports_deletes supports_listing supports_partial_writes "
    "supports_consolidated_metadata"
)

KNOWN_GOOD: Final[dict[Kind, frozenset[str]]] = {
    **{kind: frozenset(_CLIENT.split()) for kind in CLIENTS},
    **{
        kind: frozenset(
            [*_REPOSITORY.split(), *(f"{name}_async" for name in _REPOSITORY.split()), *_REPOSITORY_ONLY.split()]
        )
        for kind in REPOS
    },
    Kind.STORE: frozenset(_STORE.split()),
    Kind.COMMIT: frozenset({"id", "message"}),
    Kind.SESSION: frozenset(),
    Kind.LOG: frozenset(),
    Kind.BRANCHES: frozenset(),
    Kind.BRANCH: frozenset(),
    Kind.TAGS: frozenset(),
    Kind.TAG: frozenset(),
    Kind.STATUS: frozenset(),
    Kind.MODIFIED: frozenset(),
    Kind.TREE: frozenset(),
}
"""By kind; a kind that is not in this table has members that are no business of Arraylake's (those of zarr and
xarray).
"""

PROPERTIES: Final = frozenset({"status"})
"""Members that a repository has too, as a property: fine where nothing calls them."""

KNOWN_GOOD_ROWS: Final = (
    "client.03 client.10 client.12 client.20 client.23 client.25 client.26 client.27 client.31 client.32 client.33 "
    "client.37 client.38 "
    "imports.11 types.14 store.20 distributed.05"
)
"""Rows of the facts table that stand for what is as it was."""
