"""Environment `ice`: put the service on local disk, below the real current client.

Replaced: the catalogue (HTTP) and the storage location.  The client's own argument checking stays, so a
keyword that only V1 knew (`checkout=`, `kind=`, `read_only=`) fails as it would in production.
"""

import icechunk
from arraylake.types import OpenRepoResponse

from .catalogue import ONLINE, USER, Catalogue
from .layout import repo_dir


class IceCatalogue(Catalogue):
    kind = "icechunk"

    async def create_database(
        self, name, bucket_nickname=None, kind=None, prefix=None, description=None, metadata=None
    ):
        return self._register(name, bucket_nickname, description=description, metadata=metadata)

    async def open_repo(self, name: str) -> OpenRepoResponse:
        repo = await self.get_database(name)
        return OpenRepoResponse(
            repo_bucket=repo.bucket,
            repo_prefix=repo.prefix,
            virtual_chunk_credentials={},
            author=USER.as_author(),
            principal_id=str(USER.id),
            status=ONLINE,
        )


def storage_on_disk(*, bucket_config, prefix: str, **_credentials) -> icechunk.Storage:
    return icechunk.local_filesystem_storage(str(repo_dir(*prefix.split("/")) / "icechunk"))


async def no_login(client, *, browser: bool = False) -> None:
    """There is nobody to log in to."""


def patch(module) -> None:
    module.HttpMetastore = IceCatalogue
    module._get_icechunk_storage_obj = storage_on_disk
    module.AsyncClient.login = module.AsyncClient.logout = no_login
