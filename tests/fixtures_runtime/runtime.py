"""Run V1 programs and their migrations, each in a state directory of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from al_oracle.processes import Cold, OracleError, Run, Server, quick
from al_oracle.side import Side
from al_oracle.verdict import Outcome, Report

from fixtures_runtime.cells import executable
from fixtures_runtime.fixture import Fixture
from fixtures_runtime.record import load_outcome, save_seed, unpack_seed

CRASHED_AT_EXIT: Final = "Python runtime state: finalizing"

__all__ = ["OracleError", "Result", "Run", "Runtime", "differences", "quick"]


@dataclass(frozen=True)
class Result:
    """An outcome, and the whole stderr for people who have to find out why."""

    outcome: Outcome
    stderr: str


class Runtime:
    """An interpreter of one environment: `python` has Arraylake V1 (`env` v1) or Icechunk (`env` ice)."""

    def __init__(self, env: str, python: str) -> None:
        self.env = env
        self._cold = Cold(python)
        self._quick = quick(python)
        self._tools = Server(python, fork=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._quick.close()
        self._tools.close()

    @contextmanager
    def _side(self, fixture: Fixture) -> Iterator[Side]:
        # V1 runs are the evidence for everything else and are done once: there, nothing is saved on fidelity.
        python = self._cold if self.env == "v1" or fixture.own_process else self._quick
        with tempfile.TemporaryDirectory(prefix="al-codemod-", ignore_cleanup_errors=True) as root:
            side = Side(self.env, Path(root), python, self._tools)
            if fixture.data.exists():
                shutil.copytree(fixture.data, side.work)
            yield side

    def _result(self, side: Side, program: Path, fixture: Fixture) -> Result:
        run = side.execute(executable(program, side.root), fixture.options.args, fixture.options.timeout)
        return Result(side.outcome(run, fixture.options.timeout), run.stderr)

    def before(self, fixture: Fixture, seed: Path) -> Outcome:
        """What the V1 program leaves behind; what its seed script leaves behind is stored in `seed`."""
        with self._side(fixture) as side:
            if fixture.seed_script.exists():
                side.must(fixture.seed_script, fixture.options.timeout)
                values = side.root / "values"
                save_seed(seed, side.dump(fixture.options.timeout, values), values)
            outcome = self._result(side, fixture.before, fixture).outcome
        if outcome.failure and not fixture.options.fails:
            raise OracleError(f"{fixture.before.name} fails under V1 itself: {outcome.failure}")
        return outcome

    def after(self, fixture: Fixture, program: Path, seed: Path) -> Result:
        """What a migrated program leaves behind when it starts from what `seed` has recorded, if that exists.

        A thread of Icechunk that outlives the program can crash an interpreter on its way out, with or without a word;
        then it is run again.
        """
        result = self._after(fixture, program, seed)
        crashed = bool(result.outcome.failure) and (CRASHED_AT_EXIT in result.stderr or not result.stderr.strip())
        return self._after(fixture, program, seed) if crashed else result

    def _after(self, fixture: Fixture, program: Path, seed: Path) -> Result:
        with self._side(fixture) as side:
            if seed.exists():
                values = side.root / "values"
                unpack_seed(seed, values)
                side.replay(seed, values, fixture.options.timeout)
            return self._result(side, program, fixture)


def differences(fixture: Fixture, expected: Path, outcome: Outcome) -> list[str]:
    """How `outcome` differs from the recorded one, in what this fixture does not ignore."""
    return Report(set(fixture.options.ignore)).compare(load_outcome(expected), outcome).differences
