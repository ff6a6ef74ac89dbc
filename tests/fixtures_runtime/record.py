"""Records of V1 runs, small and stable enough to live beside a fixture: `expected.json` and `seed.json`."""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from al_oracle.verdict import Json, Outcome

SAMPLE = 40  # elements per array that are kept, so that a difference can be shown


def write(path: Path, content: Json) -> None:
    path.write_text(pretty(content) + "\n", encoding="utf-8")


def pretty(value: object, margin: str = "", width: int = 120) -> str:
    """JSON in which only that is spread over several lines which does not fit into one, samples excepted."""
    line = json.dumps(value, sort_keys=True)
    if len(margin) + len(line) <= width or not isinstance(value, dict | list):
        return line
    inner = margin + " "
    if isinstance(value, list):
        parts = [pretty(item, inner) for item in value]
    else:
        parts = [
            f"{json.dumps(key)}: {json.dumps(item) if key == 'sample' else pretty(item, inner)}"
            for key, item in sorted(value.items())
        ]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{margin}{closing}"


def save_outcome(path: Path, outcome: Outcome) -> None:
    write(path, recorded(outcome))


def recorded(outcome: Outcome) -> Json:
    """An outcome as it is recorded."""
    return {"repos": stable(outcome.repos), "printed": outcome.printed, "failure": outcome.failure}


def load_outcome(path: Path) -> Outcome:
    return Outcome(**json.loads(path.read_text(encoding="utf-8")))


def save_seed(path: Path, dumped: Json, values: Path) -> None:
    """Store a dump and the arrays' values (a folder of .npy files) in one file."""
    arrays = {
        file.stem: base64.b64encode(zlib.compress(file.read_bytes(), 9)).decode()
        for file in sorted(values.glob("*.npy"))
    }
    content = {"repos": stable(dumped["repos"]), "values": arrays}
    write(path, content)


def unpack_seed(path: Path, values: Path) -> None:
    """The reverse for the values: replay.py wants them as files, and takes the record itself for the dump."""
    values.mkdir(parents=True, exist_ok=True)
    for name, packed in json.loads(path.read_text(encoding="utf-8"))["values"].items():
        (values / f"{name}.npy").write_bytes(zlib.decompress(base64.b64decode(packed)))


def stable(repos: Json) -> Json:
    """The same repositories with commits and trees numbered instead of named at random, and short samples."""
    return {name: _stable_repo(repo) for name, repo in repos.items()}


def _stable_repo(repo: Json) -> Json:
    commits, trees = Numbers("c"), Numbers("t")
    renamed = {
        kind: {
            ref: [{"id": commits[c["id"]], "message": c["message"], "tree": trees[c["tree"]]} for c in history]
            for ref, history in sorted(repo[kind].items())
        }
        for kind in ("branches", "tags")
    }
    return {**renamed, "trees": {new: _short(repo["trees"][old]) for old, new in trees}}


def _short(tree: Json) -> Json:
    return {
        path: node | {"sample": node["sample"][:SAMPLE]} if "sample" in node else node for path, node in tree.items()
    }


class Numbers:
    """Short names in the order in which they are first asked for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._names: dict[str, str] = {}

    def __getitem__(self, key: str) -> str:
        return self._names.setdefault(key, f"{self._prefix}{len(self._names) + 1}")

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._names.items())
