"""Print the state of every repository under STATE_DIR as canonical JSON.

    $ORACLE_ENVS/{v1,ice}/bin/python dump.py STATE_DIR [--values DIR]

With --values, the contents of every array are saved as DIR/<hash>.npy (for replay.py).
"""

import argparse
import json
import os
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from al_oracle import hook, launch, layout

INITIAL = "Repository initialized"  # Icechunk's own first snapshot


class V1Refs:
    def __init__(self, repo):
        self.repo = repo
        self.branches = {b.id: b.commit_id for b in repo.branches}
        self.tags = {t.label: t.commit.id for t in repo.tags}

    def history(self, tip) -> list[tuple[str, str]]:
        """(id, message), oldest first."""
        self.repo.checkout(tip, for_writing=False)
        return [(str(c.id), c.message) for c in self.repo.commit_log][::-1]

    def store(self, commit_id):
        self.repo.checkout(commit_id, for_writing=False)
        return self.repo.store


class IceRefs:
    def __init__(self, repo):
        self.repo = repo
        self.branches = {name: repo.lookup_branch(name) for name in repo.list_branches()}
        self.tags = {name: repo.lookup_tag(name) for name in repo.list_tags()}

    def history(self, tip) -> list[tuple[str, str]]:
        snapshots = [s for s in self.repo.ancestry(snapshot_id=tip) if s.parent_id or s.message != INITIAL]
        return [(s.id, s.message) for s in snapshots][::-1]

    def store(self, commit_id):
        return self.repo.readonly_session(snapshot_id=commit_id).store


def saver(folder: Path | None):
    import numpy as np

    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name, values: np.save(
        folder / f"{name}.npy", values.astype(str) if values.dtype.kind in "OT" else values
    )


def dump_repo(refs, keep_values) -> dict:
    from al_oracle.tree import describe, digest

    trees, tree_of = {}, {}

    def commits(tip) -> list[dict]:
        for commit_id, _ in (history := refs.history(tip)):
            if commit_id not in tree_of:
                tree = describe(refs.store(commit_id), keep_values)
                tree_of[commit_id] = digest(tree)
                trees[tree_of[commit_id]] = tree
        return [{"id": i, "message": message, "tree": tree_of[i]} for i, message in history]

    branches = {name: commits(tip) for name, tip in sorted(refs.branches.items())}
    return {
        "branches": {name: history for name, history in branches.items() if history},
        "tags": {name: commits(tip) for name, tip in sorted(refs.tags.items())},
        "trees": trees,
    }


def dump(state: Path, values: Path | None = None) -> dict:
    env = "ice" if find_spec("icechunk") else "v1"
    os.environ.update(launch.environment(env, state))
    hook.install()
    warnings.simplefilter("ignore")
    from arraylake import Client

    client, refs = Client(token="ema_oracle"), {"v1": V1Refs, "ice": IceRefs}[env]
    names, keep_values = ["/".join(repo) for repo in layout.all_repos(state)], saver(values)
    return {"env": env, "repos": {name: dump_repo(refs(client.get_repo(name)), keep_values) for name in names}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    parser.add_argument("--values", type=Path)
    options = parser.parse_args()
    json.dump(dump(options.state.resolve(), options.values), sys.stdout, indent=1, sort_keys=True)
    print()
