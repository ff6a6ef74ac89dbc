"""Where things live under STATE_DIR.  Shared by both environments.

STATE_DIR/repos/<org>/<repo>/repo.json       the catalogue entry
STATE_DIR/repos/<org>/<repo>/metastore.db    V1 only: documents, commits, branches, tags
STATE_DIR/repos/<org>/<repo>/chunks/         V1 only: chunk objects
STATE_DIR/repos/<org>/<repo>/icechunk/       Icechunk only: the repository
STATE_DIR/buckets/<org>.json                 bucket configurations
STATE_DIR/objects/<bucket>/<key>             objects that virtual references point at
"""

import json
import os
from pathlib import Path

LIB = Path(__file__).resolve().parent.parent
STATE_VAR = "AL_ORACLE_STATE"
ENV_VAR = "AL_ORACLE_ENV"


def state_dir() -> Path:
    return Path(os.environ[STATE_VAR])


def org_dir(org: str) -> Path:
    return state_dir() / "repos" / org


def repo_dir(org: str, repo: str) -> Path:
    return org_dir(org) / repo


def all_repos(state: Path) -> list[tuple[str, str]]:
    return sorted(p.parent.relative_to(state / "repos").parts for p in state.glob("repos/*/*/repo.json"))


def read_json(path: Path, default=None):
    return json.loads(path.read_text()) if path.exists() else default


def write_json(path: Path, value) -> None:
    """Replace `path` in one step, so that concurrent readers see the old or the new text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.write_text(json.dumps(value, indent=1, sort_keys=True))
    os.replace(scratch, path)
