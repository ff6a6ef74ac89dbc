"""One side of a comparison: an environment, the state it works on, and the programs that are run there."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from . import launch
from .layout import LIB
from .processes import Interpreter, OracleError, Run
from .stdout import normalise
from .verdict import Json, Outcome

TOOLS = LIB.parent
INITIAL_SNAPSHOT = "1CECHNKREP0F1RSTCMT0"  # the id every Icechunk repository starts from


@dataclass
class Side:
    """`env` is v1 or ice; scripts run in `python`, the oracle's own programs in `tools`."""

    env: str
    root: Path
    python: Interpreter
    tools: Interpreter
    repos: Json = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def work(self) -> Path:
        return self.root / "work"

    def _run(self, python: Interpreter, argv: list[str], limit: float) -> Run:
        self.state.mkdir(parents=True, exist_ok=True)
        self.work.mkdir(parents=True, exist_ok=True)
        return python.run(argv, self.work, launch.environment(self.env, self.state), limit)

    def execute(self, program: Path, args: list[str], limit: float) -> Run:
        """Run a script, a notebook, or a project: a folder, whose `main.py` is run in a copy."""
        if program.is_dir():
            shutil.copytree(program, self.work, dirs_exist_ok=True)
            program = self.work / "main.py"
        return self._run(self.python, launch.command(str(program.resolve()), args), limit)

    def must(self, script: Path, limit: float) -> None:
        """Run a script that has to succeed."""
        self._succeeded(script.name, self.execute(script, [], limit))

    def tool(self, name: str, args: list[str], limit: float) -> str:
        """Run one of the oracle's own programs; returns what it prints."""
        run = self._run(self.tools, [str(TOOLS / name), *args], limit)
        return self._succeeded(f"{name} {' '.join(args)}", run)

    def _succeeded(self, what: str, run: Run) -> str:
        if run.failed:
            raise OracleError(f"{what} failed in {self.env}:\n{run.stderr.strip() or run.last_words}")
        return run.stdout

    def dump(self, limit: float, values: Path | None = None) -> Json:
        """The state of all repositories; with `values`, the contents of all arrays are saved there."""
        args = [str(self.state), *(["--values", str(values)] if values else [])]
        state: Json = json.loads(self.tool("dump.py", args, limit))
        self.repos = state["repos"]
        return state

    def replay(self, dumped: Path, values: Path, limit: float) -> None:
        """Rebuild dumped repositories (Icechunk only)."""
        self.tool("replay.py", [str(self.state), str(dumped), str(values)], limit)

    def outcome(self, run: Run, limit: float) -> Outcome:
        """What `run` left behind."""
        self.dump(limit)
        printed = normalise(run.stdout, commit_names(self.repos), [str(self.state), str(self.work)])
        return Outcome(self.repos, printed, run.last_words if run.failed else None)


def commit_names(repos: Json) -> dict[str, str]:
    """Commits by id, named by their depth, so that printed ids can be compared."""
    names = {INITIAL_SNAPSHOT: "None"}
    for repo in repos.values():
        for history in [*repo["branches"].values(), *repo["tags"].values()]:
            names |= {commit["id"]: f"<commit {depth}>" for depth, commit in enumerate(history, 1)}
    return names
