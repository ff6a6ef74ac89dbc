"""The repository-level half of the V1 service: documents, sessions, commits, branches and tags, in SQLite.

Model.  A session is a set of (collection, path) -> document, where no document means "deleted here".  A
commit names the session it froze and its parent.  What a session sees at a path is the first entry on
the way session -> base commit -> parent -> ...  Nothing is ever copied, so checkouts and commits are cheap
and a rebase only has to compare sets of paths.

An instance is just a file name, so it can be pickled into any worker process.
"""

from __future__ import annotations  # the class has a method named `list`

import json
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path as FilePath

import jmespath
from arraylake.repos.v1.metastore.abc import MetastoreDatabase
from arraylake.repos.v1.metastore.http_metastore import ADD_DOCS_ADAPTER
from arraylake.repos.v1.types import (
    Array,
    Branch,
    BulkCreateDocBody,
    CollectionName,
    Commit,
    DBIDBytes,
    DocResponse,
    NewCommit,
    NewSession,
    NewTag,
    PathSizeResponse,
    SessionExpirationUpdate,
    SessionInfo,
    SessionPathsResponse,
    Tag,
    Tree,
)

METADATA, CHUNKS = CollectionName.metadata, CollectionName.chunks
MAX_EXPIRY = timedelta(days=7)
MAX_MESSAGE = 5_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (session_id, collection, path, content,
    PRIMARY KEY (session_id, collection, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (id PRIMARY KEY, branch, base_commit, author_name, author_email, message,
    session_type, start_time, expiration, committed DEFAULT 0);
CREATE TABLE IF NOT EXISTS commits (id PRIMARY KEY, session_id, session_start_time, parent_commit, commit_time,
    author_name, author_email, message);
CREATE TABLE IF NOT EXISTS branches (id PRIMARY KEY, commit_id);
CREATE TABLE IF NOT EXISTS tags (label PRIMARY KEY, commit_id, message, author_name, author_email, created_at);
"""

# Everything visible from a session, nearest entry first.  SQLite takes the bare columns of a MIN() query
# from the row that holds the minimum.
VISIBLE = """
WITH RECURSIVE lineage(session_id, parent, distance) AS (
    SELECT :session, :base, 0
    UNION ALL
    SELECT c.session_id, c.parent_commit, distance + 1 FROM lineage JOIN commits c ON c.id = lineage.parent)
SELECT * FROM (
    SELECT path, content, session_id, MIN(distance) FROM docs JOIN lineage USING (session_id)
    WHERE collection = :collection AND {where} GROUP BY path)
WHERE content IS NOT NULL ORDER BY path
"""


def hex_or_none(commit_id) -> str | None:
    return None if commit_id is None else str(commit_id)


def new_commit_id() -> str:
    """24 hex digits that sort by creation time, like the service's."""
    return f"{time.time_ns():016x}{secrets.token_hex(4)}"


def node_of_chunk(path: str) -> str:
    return path.rpartition("/c")[0]


def meta_node(path: str) -> tuple[str, str] | None:
    """'meta/root/a/b.array.json' -> ('a/b', 'array'); the root group is ''."""
    found = re.fullmatch(r"meta/root(?:/(.*))?\.(array|group)\.json", path)
    return found and (found[1] or "", found[2])


class DiskMetastore(MetastoreDatabase):
    def __init__(self, file: FilePath):
        self.file = str(file)
        with self._open() as db:
            db.executescript(SCHEMA)

    def __repr__(self):
        return f"<DiskMetastore {self.file}>"

    @contextmanager
    def _open(self, write: bool = False) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.file, timeout=60, isolation_level=None)
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            yield db
            if db.in_transaction:
                db.execute("COMMIT")
        finally:
            db.close()  # rolls back whatever was not committed

    # -- documents

    def _visible(self, db, collection, session_id, base_commit, where="1", **values) -> list[sqlite3.Row]:
        if base_commit is not None:
            self._commit(db, base_commit)
        values |= {"session": session_id, "base": hex_or_none(base_commit), "collection": collection}
        return db.execute(VISIBLE.format(where=where), values).fetchall()

    def _under(self, db, prefix, collection, session_id, base_commit) -> list[sqlite3.Row]:
        where = "substr(path, 1, length(:prefix)) = :prefix"
        return self._visible(db, collection, session_id, base_commit, where, prefix=prefix)

    def _put(self, db, session_id, collection, contents: dict[str, str | None]) -> None:
        session = db.execute("SELECT * FROM sessions WHERE id = ?", [session_id]).fetchone()
        if session and (session["committed"] or session["expiration"] <= datetime.utcnow().isoformat()):
            raise ValueError(f"Session expired: {session_id}")
        rows = [(session_id, collection, path, content) for path, content in contents.items()]
        db.executemany("INSERT OR REPLACE INTO docs VALUES (?, ?, ?, ?)", rows)

    async def add_docs(self, items, *, collection, session_id, base_commit):
        bodies = [BulkCreateDocBody(session_id=session_id, path=p, content=c) for p, c in items.items()]
        wire = json.loads(ADD_DOCS_ADAPTER.dump_json(bodies))  # lose what the real client's JSON loses
        with self._open(write=True) as db:
            self._put(db, session_id, collection, {body["path"]: json.dumps(body["content"]) for body in wire})

    async def get_docs(self, paths, *, collection, session_id, base_commit):
        nodes = {node_of_chunk(path) for path in paths}
        if collection == CHUNKS and len(nodes) > 1:
            raise ValueError(f"One request cannot fetch chunks of several arrays: {', '.join(sorted(nodes))}")
        with self._open() as db:
            where = "path IN (SELECT value FROM json_each(:paths))"
            rows = self._visible(db, collection, session_id, base_commit, where, paths=json.dumps(list(paths)))
        for row in rows:
            yield DocResponse(row["path"], row["session_id"], row["path"], json.loads(row["content"]))

    async def del_docs(self, paths, *, collection, session_id, base_commit):
        with self._open(write=True) as db:
            self._put(db, session_id, collection, dict.fromkeys(paths))

    async def del_prefix(self, prefix, *, collection, session_id, base_commit):
        """Delete the node at `prefix` and everything below it."""
        node = prefix.rstrip("/")
        with self._open(write=True) as db:
            paths = [row["path"] for row in self._under(db, node, collection, session_id, base_commit)]
            own = {node, f"{node}.array.json", f"{node}.group.json"}
            doomed = [p for p in paths if not node or p in own or p.startswith(node + "/")]
            self._put(db, session_id, collection, dict.fromkeys(doomed))

    async def list(self, prefix, *, collection, session_id, base_commit, all_subdirs=False, filter=None):
        with self._open() as db:
            rows = self._under(db, prefix, collection, session_id, base_commit)
        if filter:
            for row in rows:
                if self._matches(filter, json.loads(row["content"])):
                    yield row["path"]
        elif all_subdirs:
            for row in rows:
                yield row["path"]
        else:
            base = prefix.rstrip("/") + "/" if prefix else ""
            children = {row["path"][len(base) :].partition("/")[0] for row in rows if row["path"].startswith(base)}
            for child in sorted(children):
                yield base + child

    @staticmethod
    def _matches(expression: str, doc: dict) -> bool:
        try:
            return "attributes" in doc and bool(jmespath.search(expression, doc["attributes"]))
        except jmespath.exceptions.JMESPathError as err:
            raise ValueError(str(err)) from err

    async def getsize(self, prefix, *, session_id, base_commit):
        with self._open() as db:
            rows = self._under(db, prefix, CHUNKS, session_id, base_commit)
        sizes = {}
        for row in rows:
            ref = json.loads(row["content"])
            key = (ref.get("hash") or {}).get("token"), ref.get("uri"), ref.get("sid"), ref["offset"]
            sizes[(node_of_chunk(row["path"]), *key)] = ref["length"]
        return PathSizeResponse(path=prefix, number_of_chunks=len(sizes), total_chunk_bytes=sum(sizes.values()))

    async def tree(self, prefix, *, session_id, base_commit, depth=10, filter=None):
        top = re.sub(r"^meta(/root)?/?", "", prefix).strip("/")
        with self._open() as db:
            rows = self._under(db, "meta/root", METADATA, session_id, base_commit)
        result = Tree()
        for row in rows:
            doc, node = json.loads(row["content"]), meta_node(row["path"])
            if node is None or (filter and not self._matches(filter, doc)):
                continue
            path, kind = node
            if top and path != top and not path.startswith(top + "/"):
                continue
            names = [name for name in path[len(top) :].split("/") if name]
            here = result
            for name in (names[:-1] if kind == "array" else names)[:depth]:
                here = here.trees.setdefault(name, Tree())
            if len(names) > depth:
                continue
            if kind == "array":
                here.arrays[names[-1]] = Array(**doc)
            else:
                here.attributes = doc.get("attributes", {})
        return result

    async def rename(self, src_path, dst_path, *, session_id, base_commit):
        with self._open(write=True) as db:
            moved = 0
            for collection, root in (METADATA, "meta/root/"), (CHUNKS, "data/root/"):
                src, dst = root + src_path.strip("/"), root + dst_path.strip("/")
                rows = self._under(db, src, collection, session_id, base_commit)
                old = {
                    r["path"]: r["content"]
                    for r in rows
                    if re.match(r"/|\.(array|group)\.json$", r["path"][len(src) :])
                }
                self._put(db, session_id, collection, dict.fromkeys(old))
                self._put(db, session_id, collection, {dst + path[len(src) :]: doc for path, doc in old.items()})
                moved += len(old)
        if not moved:
            raise ValueError(f"There is nothing to rename at {src_path!r}.")

    # -- sessions

    @staticmethod
    def _expires(now: datetime, expires_in: timedelta) -> str:
        if expires_in > MAX_EXPIRY:
            raise ValueError(f"Max expiry exceeded: {expires_in} > {MAX_EXPIRY}")
        return (now + expires_in).isoformat()

    async def create_session(self, session_request: NewSession) -> SessionInfo:
        now = datetime.utcnow()
        asked = session_request.model_dump()
        expiration = self._expires(now, asked.pop("expires_in"))
        row = {"id": secrets.token_hex(12), **asked, "start_time": now.isoformat(), "expiration": expiration}
        with self._open(write=True) as db:
            names = ", ".join(row)
            db.execute(f"INSERT INTO sessions ({names}) VALUES (:{names.replace(', ', ', :')})", row)
        return SessionInfo(**row)

    def _session(self, db, session_id, active: bool = False) -> SessionInfo:
        row = db.execute("SELECT * FROM sessions WHERE id = ?", [session_id]).fetchone()
        if row is None:
            raise ValueError(f"Session not found: {session_id}")
        if active and row["expiration"] <= datetime.utcnow().isoformat():
            raise ValueError(f"Session expired: {session_id}")
        return SessionInfo(**row)

    async def get_session(self, session_id) -> SessionInfo:
        with self._open() as db:
            return self._session(db, session_id, active=True)

    async def list_active_sessions(self):
        query = "SELECT * FROM sessions WHERE expiration > ? AND NOT committed ORDER BY start_time"
        with self._open() as db:
            return [SessionInfo(**row) for row in db.execute(query, [datetime.utcnow().isoformat()])]

    async def update_session_expiration(self, update_request: SessionExpirationUpdate) -> SessionInfo:
        expiration = self._expires(datetime.utcnow(), update_request.expires_in)
        with self._open(write=True) as db:
            db.execute("UPDATE sessions SET expiration = ? WHERE id = ?", [expiration, update_request.session_id])
            return self._session(db, update_request.session_id)

    async def expire_session(self, session_id) -> SessionInfo:
        return await self.update_session_expiration(
            SessionExpirationUpdate(session_id=session_id, expires_in=timedelta())
        )

    @staticmethod
    def _changes(db, session_id, collection, limit=0) -> list[sqlite3.Row]:
        query = "SELECT path, content IS NULL AS deleted FROM docs WHERE session_id = ? AND collection = ? LIMIT ?"
        return db.execute(query, [session_id, collection, limit or -1]).fetchall()

    async def get_all_paths_for_session(self, session_id, base_commit, *, collection, limit=0):
        with self._open() as db:
            changes = self._changes(db, session_id, collection, limit)
        for row in changes:
            yield SessionPathsResponse(_id=row["path"], path=row["path"], deleted=row["deleted"])

    async def get_all_paths_for_commit(self, commit_id, *, collection, limit=0):
        with self._open() as db:
            changes = self._changes(db, self._commit(db, commit_id)["session_id"], collection, limit)
        for row in changes:
            yield SessionPathsResponse(_id=row["path"], path=row["path"], deleted=row["deleted"])

    # -- commits

    @staticmethod
    def _commit(db, commit_id) -> sqlite3.Row:
        row = db.execute("SELECT * FROM commits WHERE id = ?", [str(commit_id)]).fetchone()
        if row is None:
            raise ValueError(f"There is no commit {commit_id}")
        return row

    @staticmethod
    def _commit_model(row) -> Commit:
        return Commit(_id=row["id"], **{k: row[k] for k in row.keys() if k not in ("id", "session_id")})

    def _ancestors(self, db, commit_id: str | None) -> Iterator[sqlite3.Row]:
        while commit_id:
            row = self._commit(db, commit_id)
            yield row
            commit_id = row["parent_commit"]

    async def get_commits(self, *, last_seen_commit=None, limit=0):
        query = "SELECT * FROM commits WHERE :seen IS NULL OR id < :seen ORDER BY id DESC LIMIT :limit"
        with self._open() as db:
            rows = db.execute(query, {"seen": hex_or_none(last_seen_commit), "limit": limit or -1}).fetchall()
        for row in rows:
            yield self._commit_model(row)

    async def get_commit_by_id(self, commit_id) -> Commit:
        with self._open() as db:
            return self._commit_model(self._commit(db, commit_id))

    async def new_commit(self, commit_info: NewCommit):
        self._check_message(commit_info.message)
        row = {"id": new_commit_id(), **commit_info.model_dump()}
        with self._open(write=True) as db:
            if not db.execute("SELECT 1 FROM docs WHERE session_id = ?", [commit_info.session_id]).fetchone():
                raise ValueError("No changes to commit.")
            names = ", ".join(row)
            db.execute(f"INSERT INTO commits ({names}) VALUES (:{names.replace(', ', ', :')})", row)
        return DBIDBytes.fromhex(row["id"])

    @staticmethod
    def _check_message(message: str | None) -> None:
        if message and len(message.encode()) > MAX_MESSAGE:
            raise ValueError(f"The maximum allowed message size is {MAX_MESSAGE} bytes.")

    async def rebase(self, base_commit, session_id, upstream_branch):
        with self._open() as db:
            branch = db.execute("SELECT commit_id FROM branches WHERE id = ?", [upstream_branch]).fetchone()
            if branch is None:
                raise ValueError("Branch does not exist, rebase is unavailable")
            tip, base = branch["commit_id"], hex_or_none(base_commit)
            newer = []
            for commit in self._ancestors(db, tip):
                if commit["id"] == base:
                    break
                newer.append(commit["session_id"])
            else:
                if base is not None:
                    raise ValueError(f"No shared parent: {base} is not in the history of {upstream_branch}")
            query = """SELECT DISTINCT mine.path FROM docs mine JOIN docs theirs USING (collection, path)
                WHERE mine.session_id = ? AND theirs.session_id IN (SELECT value FROM json_each(?)) ORDER BY 1"""
            clashes = [row["path"] for row in db.execute(query, [session_id, json.dumps(newer)])]
        if clashes:
            raise ValueError(f"Conflicting paths found for rebase {base}->{upstream_branch}: {clashes}")
        return DBIDBytes.fromhex(tip)

    async def old_style_rebase(self, commit_id, upstream_branch):
        with self._open() as db:
            commit = self._commit(db, commit_id)
        return await self.rebase(commit["parent_commit"], commit["session_id"], upstream_branch)

    # -- branches and tags

    async def get_branches(self, names=()):
        with self._open() as db:
            rows = db.execute("SELECT * FROM branches ORDER BY id").fetchall()
        return tuple(Branch(_id=r["id"], commit_id=r["commit_id"]) for r in rows if not names or r["id"] in names)

    async def update_branch(self, branch, *, session_id, base_commit, new_commit, new_branch=False):
        with self._open(write=True) as db:
            if new_branch:
                try:
                    db.execute("INSERT INTO branches VALUES (?, ?)", [branch, str(new_commit)])
                except sqlite3.IntegrityError:
                    raise ValueError(f"Cannot create branch {branch!r}: it exists") from None
            else:
                query = "UPDATE branches SET commit_id = ? WHERE id = ? AND commit_id = ?"
                if not db.execute(query, [str(new_commit), branch, hex_or_none(base_commit)]).rowcount:
                    raise ValueError(f"Failed to update branch {branch!r}: it has moved")
            db.execute("UPDATE sessions SET committed = 1 WHERE id = ?", [session_id])

    async def delete_branch(self, branch) -> bool:
        if branch == "main":
            raise ValueError("Deleting the 'main' branch is not allowed.")
        return self._delete("Branch", "branches", "id", branch)

    def _delete(self, what, table, key, name) -> bool:
        with self._open(write=True) as db:
            if not db.execute(f"DELETE FROM {table} WHERE {key} = ?", [name]).rowcount:
                raise ValueError(f"{what} {name!r} does not exist.")
        return True

    def _tag_model(self, db, row) -> Tag:
        fields = {k: row[k] for k in row.keys() if k != "commit_id"}
        return Tag(**fields, commit=self._commit_model(self._commit(db, row["commit_id"])))

    async def get_tags(self, names=None):
        with self._open() as db:
            rows = db.execute("SELECT * FROM tags ORDER BY label").fetchall()
            return tuple(self._tag_model(db, row) for row in rows if not names or row["label"] in names)

    async def get_refs(self):
        return await self.get_tags(), await self.get_branches()

    async def new_tag(self, tag: NewTag) -> Tag:
        self._check_message(tag.message)
        row = {**tag.model_dump(), "created_at": datetime.utcnow().isoformat()}
        with self._open(write=True) as db:
            self._commit(db, tag.commit_id)
            if tag.label == "main" or db.execute("SELECT 1 FROM branches WHERE id = ?", [tag.label]).fetchone():
                raise ValueError(f"Cannot create tag {tag.label!r}: a branch has that name.")
            try:
                names = ", ".join(row)
                db.execute(f"INSERT INTO tags ({names}) VALUES (:{names.replace(', ', ', :')})", row)
            except sqlite3.IntegrityError:
                raise ValueError(f"Tag {tag.label!r} already exists.") from None
            return self._tag_model(db, db.execute("SELECT * FROM tags WHERE label = ?", [tag.label]).fetchone())

    async def delete_tag(self, tag_name) -> bool:
        return self._delete("Tag", "tags", "label", tag_name)
