"""The organisation-level half of the Arraylake service: which repos and buckets exist, and who is asking.

`Catalogue` takes the place of `HttpMetastore` inside `arraylake.client`, so all argument checking and
control flow of the real client stays in force.  Each environment subclasses it for its own repo kind.
"""

import shutil
import time
from datetime import UTC, datetime
from hashlib import sha256
from uuid import NAMESPACE_DNS, uuid5

from arraylake.types import BucketResponse, RepoOperationMode, RepoOperationStatusResponse, UserInfo
from arraylake.types import Repo as RepoModel

from .layout import all_repos, read_json, repo_dir, state_dir, write_json

USER = UserInfo(id=uuid5(NAMESPACE_DNS, "oracle"), first_name="Ada", family_name="Oracle", email="ada@earthmover.io")
ONLINE = RepoOperationStatusResponse(mode=RepoOperationMode.ONLINE, initiated_by={"principal_id": str(USER.id)})
DEFAULT_BUCKET = "oracle-default"


class Catalogue:
    kind: str

    def __init__(self, config):
        self.org = config.org

    # -- principals

    async def ping(self):
        return {"status": "ok"}

    async def get_user(self) -> UserInfo:
        return USER

    # -- repos

    def _entry(self, name: str) -> dict:
        entry = read_json(repo_dir(self.org, name) / "repo.json")
        if entry is None:
            raise ValueError(f"Repo {self.org}/{name} was not found.")
        return entry

    def _model(self, entry: dict) -> RepoModel:
        return RepoModel(**entry, status=ONLINE, bucket=self._bucket(entry.get("bucket_nickname")))

    def _register(self, name: str, bucket_nickname: str | None, **extra) -> RepoModel:
        try:
            repo_dir(self.org, name).mkdir(parents=True)
        except FileExistsError:
            raise ValueError(f"Repo {self.org}/{name} already exists.") from None
        now = datetime.now(UTC).isoformat()
        entry = {
            "_id": sha256(f"{self.org}/{name}/{time.time_ns()}".encode()).hexdigest()[:24],
            "org": self.org,
            "name": name,
            "created": now,
            "updated": now,
            "kind": self.kind,
            "prefix": f"{self.org}/{name}",  # a prefix the caller asked for is a matter of storage
            "bucket_nickname": bucket_nickname,
            **{k: v for k, v in extra.items() if v is not None},
        }
        write_json(repo_dir(self.org, name) / "repo.json", entry)
        return self._model(entry)

    async def get_database(self, name: str) -> RepoModel:
        return self._model(self._entry(name))

    async def list_databases(self, filter_metadata=None, include_ghosts: bool = False) -> list[RepoModel]:
        entries = [self._entry(name) for org, name in all_repos(state_dir()) if org == self.org]
        wanted = (filter_metadata or {}).items()
        return [self._model(e) for e in entries if wanted <= (e.get("metadata") or {}).items()]

    async def delete_database(self, name: str, *, imsure: bool = False, imreallysure: bool = False, **_how) -> None:
        if not (imsure and imreallysure):
            raise ValueError("Deleting a repo needs imsure=True and imreallysure=True.")
        self._entry(name)
        shutil.rmtree(repo_dir(self.org, name))

    async def modify_database(
        self, name, description=None, add_metadata=None, remove_metadata=None, update_metadata=None, **_
    ):
        entry = self._entry(name)
        metadata = {**(entry.get("metadata") or {}), **(add_metadata or {}), **(update_metadata or {})}
        entry["metadata"] = {k: v for k, v in metadata.items() if k not in (remove_metadata or [])}
        if description is not None:
            entry["description"] = description
        write_json(repo_dir(self.org, name) / "repo.json", entry)

    async def set_repo_status(self, name: str, mode, message: str | None = None) -> RepoOperationStatusResponse:
        return RepoOperationStatusResponse(mode=mode, message=message, initiated_by={})

    # -- buckets: bookkeeping only, every object really lives under STATE_DIR

    @property
    def _buckets_file(self):
        return state_dir() / "buckets" / f"{self.org}.json"

    def _buckets(self) -> dict[str, dict]:
        return read_json(self._buckets_file, {})

    def _bucket(self, nickname: str | None) -> BucketResponse:
        """The bucket of that nickname.  One that nobody configured is made up: buckets are set up per
        organisation, outside the scripts under test."""
        nickname = nickname or next((n for n, b in self._buckets().items() if b["is_default"]), DEFAULT_BUCKET)
        made_up = {
            "id": str(uuid5(NAMESPACE_DNS, f"{self.org}/{nickname}")),
            "nickname": nickname,
            "platform": "s3",
            "name": nickname,
            "extra_config": {"region_name": "us-east-1"},
            "is_default": nickname == DEFAULT_BUCKET,
        }
        return BucketResponse(**self._buckets().get(nickname, made_up))

    def _by_id(self, bucket_id) -> BucketResponse:
        found = [b for b in map(self._bucket, self._buckets()) if b.id == bucket_id]
        if not found:
            raise ValueError(f"Bucket {bucket_id} was not found.")
        return found[0]

    async def create_bucket_config(self, bucket_config) -> BucketResponse:
        nickname = bucket_config.nickname
        if nickname in self._buckets():
            raise ValueError(f"Bucket {nickname!r} already exists.")
        made = self._bucket(nickname).model_dump(mode="json") | bucket_config.model_dump(mode="json")
        write_json(self._buckets_file, self._buckets() | {nickname: made | {"is_default": False}})
        return self._bucket(nickname)

    async def get_bucket_config(self, bucket_id) -> BucketResponse:
        return self._by_id(bucket_id)

    async def list_bucket_configs(self) -> list[BucketResponse]:
        return [self._bucket(nickname) for nickname in self._buckets()]

    async def set_default_bucket_config(self, bucket_id) -> None:
        chosen = self._by_id(bucket_id).nickname
        write_json(self._buckets_file, {n: b | {"is_default": n == chosen} for n, b in self._buckets().items()})

    async def delete_bucket_config(self, bucket_id) -> None:
        gone = self._by_id(bucket_id).nickname
        write_json(self._buckets_file, {n: b for n, b in self._buckets().items() if n != gone})

    async def list_repos_for_bucket_config(self, bucket_id) -> list[RepoModel]:
        return [r for r in await self.list_databases() if r.bucket and r.bucket.id == bucket_id]
