"""Evidence that scripts in environment v1 run the published V1 code, not an imitation.

$ORACLE_ENVS/v1/bin/python -m unittest discover -s tests -p 'test_v1_*.py'
"""

import json
import subprocess
import sys
import tempfile
import unittest
from base64 import urlsafe_b64encode
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

ORACLE = Path(__file__).resolve().parent.parent

PROBE = """
import inspect, json
import arraylake, zarr
from arraylake.repos.v1.chunkstore import BaseChunkstore
from arraylake.repos.v1.repo import ArraylakeStore, AsyncRepo, Repo

repo = arraylake.Client(token="ema_probe").create_repo("acme/probe")
where = {}
for cls in arraylake.Client, arraylake.AsyncClient, Repo, AsyncRepo, ArraylakeStore, BaseChunkstore:
    for name, member in vars(cls).items():
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if inspect.isfunction(function):
            where[f"{cls.__name__}.{name}"] = inspect.unwrap(function).__code__.co_filename
print(json.dumps({
    "versions": [arraylake.__version__, zarr.__version__],
    "types": [
        f"{type(o).__module__}.{type(o).__name__}"
        for o in (repo, repo._arepo, repo.store, repo._arepo.chunkstore)
    ],
    "where": where,
}))
"""


class RealV1(unittest.TestCase):
    def test_the_installed_packages_are_what_was_published(self):
        for name in "arraylake", "zarr":
            for file in distribution(name).files:
                if file.suffix == ".py":
                    found = urlsafe_b64encode(sha256(file.read_binary()).digest()).rstrip(b"=").decode()
                    self.assertEqual(found, file.hash.value, file)

    def test_only_the_service_and_the_object_store_are_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "probe.py")
            script.write_text(PROBE)
            command = [sys.executable, str(ORACLE / "v1_runtime.py"), str(Path(folder, "state")), str(script)]
            seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        self.assertEqual(seen["versions"][0], "0.14.0")
        self.assertTrue(seen["versions"][1].startswith("2.18."))
        self.assertEqual(
            seen["types"],
            [
                "arraylake.repos.v1.repo.Repo",
                "arraylake.repos.v1.repo.AsyncRepo",
                "arraylake.repos.v1.repo.ArraylakeStore",
                "arraylake.repos.v1.chunkstore.base_chunkstore.BaseChunkstore",
            ],
        )
        ours = {name for name, file in seen["where"].items() if "al_oracle" in file}
        self.assertEqual(ours, {"AsyncClient._init_chunkstore", "AsyncClient.login", "AsyncClient.logout"})
        theirs = {file for name, file in seen["where"].items() if name not in ours}
        self.assertTrue(all("/site-packages/" in file or file == "<string>" for file in theirs), theirs)


if __name__ == "__main__":
    unittest.main()
