"""Rebuild dumped V1 repositories as Icechunk repositories, commit by commit, branch by branch.

    $ORACLE_ENVS/ice/bin/python replay.py STATE_DIR DUMP.json VALUES_DIR

Takes the output of `dump.py --values`.  It stands for the data migration that comes before a code migration,
so that a script which opens an existing V1 repository can be compared with its Icechunk counterpart.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from al_oracle import hook, launch

SCRATCH = "oracle-replay"


class Replay:
    def __init__(self, repo, state: dict, values: Path):
        self.repo, self.trees, self.values = repo, state["trees"], values
        self.made = {}  # V1 commit -> snapshot
        for branch in sorted(state["branches"], key=lambda name: name != "main"):
            self.branch(branch, state["branches"][branch])
        for tag, history in state["tags"].items():
            self.branch(SCRATCH, history)
            self.repo.create_tag(tag, self.made[history[-1]["id"]])
            self.repo.delete_branch(SCRATCH)

    def branch(self, name: str, history: list[dict]) -> None:
        todo = [c for c in history if c["id"] not in self.made]
        done = [self.made[c["id"]] for c in history if c["id"] in self.made]
        if name != "main":
            root = list(self.repo.ancestry(branch="main"))[-1].id
            self.repo.create_branch(name, done[-1] if done else root)
        was = history[len(done) - 1]["tree"] if done else None
        for commit in todo:
            session = self.repo.writable_session(name)
            self.write(session.store, self.trees[was] if was else {}, self.trees[commit["tree"]])
            empty = {} if session.has_uncommitted_changes else {"allow_empty": True}  # Icechunk 1 has no such keyword
            self.made[commit["id"]] = session.commit(commit["message"], **empty)
            was = commit["tree"]

    def write(self, store, old: dict, new: dict) -> None:
        import zarr

        root = zarr.open_group(store, mode="a")
        for path in sorted(old.keys() - new.keys(), reverse=True):
            del root[path]
        for path in sorted(new):
            node = new[path]
            if node == old.get(path):
                continue
            if node["kind"] == "group":
                group = root.require_group(path) if path else root
                group.update_attributes(node["attrs"]) if path not in old else group.attrs.put(node["attrs"])
            else:
                self.write_array(root, path, node)

    def write_array(self, root, path: str, node: dict) -> None:
        import numpy as np

        values = np.load(self.values / f"{node['values']}.npy")
        text = node["dtype"] == "string"
        dtype = np.dtype(node["dtype"]) if not text else None
        fill = (
            ""
            if text
            else np.array(node["fill_value"]).astype(dtype)[()]
            if dtype.kind != "b"
            else node["fill_value"] == "True"
        )
        attrs = node["attrs"]
        if node["dims"] and not text and fill:  # as xarray would have it, NaN included
            attrs = attrs | {"_FillValue": encode_fill(fill)}
        array = root.create_array(
            path,
            shape=node["shape"],
            chunks=node["chunks"] or "auto",
            dtype=str if text else dtype,
            fill_value=fill,
            attributes=attrs,
            dimension_names=node["dims"],
            overwrite=True,
        )
        array[...] = values.astype(object) if text else values


def encode_fill(fill):
    import base64
    import struct

    return base64.b64encode(struct.pack("<d", float(fill))).decode() if fill.dtype.kind == "f" else fill.item()


def main(state: Path, dump: Path, values: Path) -> None:
    os.environ.update(launch.environment("ice", state))
    hook.install()
    from arraylake import Client

    client = Client(token="ema_oracle")
    for name, repo in json.loads(dump.read_text())["repos"].items():
        Replay(client.create_repo(name), repo, values)


if __name__ == "__main__":
    state, *rest = map(Path, sys.argv[1:])
    main(state.resolve(), *rest)
