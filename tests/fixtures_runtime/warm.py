"""Run many small programs, each in a fork of a warm interpreter and in a state directory of its own."""

import tempfile
from pathlib import Path

from al_oracle.processes import Server
from al_oracle.side import Side
from al_oracle.verdict import Outcome, Report

from fixtures_runtime.sources import Sources, write_sources

LIMIT = 60.0


class Warm:
    """A warm interpreter of one environment: `python` has Arraylake V1 (`env` v1) or Icechunk (`env` ice)."""

    def __init__(self, env: str, python: str) -> None:
        self.env, self._scripts, self._tools = env, Server(python, fork=True), Server(python, fork=False)

    def run(self, sources: Sources) -> tuple[Outcome, str]:
        """What a program leaves behind, and its stderr."""
        with tempfile.TemporaryDirectory(prefix="al-codemod-", ignore_cleanup_errors=True) as root:
            program = Path(root, "program")
            write_sources(program, {name or "main.py": text for name, text in sources.items()})
            side = Side(self.env, Path(root), self._scripts, self._tools)
            run = side.execute(program, [], LIMIT)
            return side.outcome(run, LIMIT), run.stderr

    def close(self) -> None:
        self._scripts.close()
        self._tools.close()


def difference(before: Outcome, after: Outcome) -> list[str]:
    """How two outcomes differ."""
    return Report(set()).compare(before, after).differences
