"""Fan-outs: the calls by which a program runs one of its functions many times, elsewhere or at some other time."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Runner(StrEnum):
    """What runs the function."""

    THREADS = "threads"
    POOL = "processes"  # of the standard library: modules are imported again in each
    DASK = "dask"
    JOBLIB = "joblib"
    CLOUD = "cloud"


class Passing(StrEnum):
    """How the call gives the arguments of the function."""

    DIRECT = "direct"  # submit(f, a, b)
    PACKED = "packed"  # apply_async(f, (a, b), {"c": c})
    COLUMNS = "columns"  # map(f, as, bs)
    ROWS = "rows"  # starmap(f, [(a, b), ...])
    ITEMS = "items"  # map(f, [(a, b), ...]) or map(f, [{"a": a, "b": b}, ...]), and map(f, as)


class Gives(StrEnum):
    """What the call evaluates to."""

    RESULTS = "results"  # all that the function returned, in turn
    TASK = "task"  # something to ask for the result later
    TASKS = "tasks"  # several of these
    LATER = "later"  # something to ask for all results later


@dataclass(frozen=True, slots=True)
class FanOutMethod:
    """A method that starts work. `keywords` are its own; others go to the function where `forwards` says so."""

    passing: Passing
    gives: Gives
    forwards: bool = False
    keywords: frozenset[str] = frozenset()
    iterables: int = 99
    """How many of the positional arguments are iterables of arguments."""


_DASK_KEYWORDS: Final = frozenset(
    "key workers resources retries priority fifo_timeout allow_other_workers actor actors pure batch_size".split()
)
_EXECUTOR: Final = {
    "submit": FanOutMethod(Passing.DIRECT, Gives.TASK, True),
    "map": FanOutMethod(Passing.COLUMNS, Gives.RESULTS, keywords=frozenset({"timeout", "chunksize"})),
}
_POOL: Final = {
    "map": FanOutMethod(Passing.COLUMNS, Gives.RESULTS, keywords=frozenset({"chunksize"}), iterables=1),
    "imap": FanOutMethod(Passing.COLUMNS, Gives.RESULTS, keywords=frozenset({"chunksize"}), iterables=1),
    "imap_unordered": FanOutMethod(Passing.COLUMNS, Gives.RESULTS, keywords=frozenset({"chunksize"}), iterables=1),
    "starmap": FanOutMethod(Passing.ROWS, Gives.RESULTS, keywords=frozenset({"chunksize"}), iterables=1),
    "apply_async": FanOutMethod(Passing.PACKED, Gives.TASK),
    "map_async": FanOutMethod(Passing.COLUMNS, Gives.LATER, keywords=frozenset({"chunksize"}), iterables=1),
    "starmap_async": FanOutMethod(Passing.ROWS, Gives.LATER, keywords=frozenset({"chunksize"}), iterables=1),
}
_DASK: Final = {
    "submit": FanOutMethod(Passing.DIRECT, Gives.TASK, True, _DASK_KEYWORDS),
    "map": FanOutMethod(Passing.COLUMNS, Gives.TASKS, True, _DASK_KEYWORDS),
}


@dataclass(frozen=True, slots=True)
class RunnerClass:
    """A class or function that makes what runs functions elsewhere."""

    runner: Runner
    methods: dict[str, FanOutMethod]


RUNNERS: Final[dict[str, RunnerClass]] = {
    **dict.fromkeys(
        ("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor"),
        RunnerClass(Runner.THREADS, _EXECUTOR),
    ),
    **dict.fromkeys(("multiprocessing.pool.ThreadPool",), RunnerClass(Runner.THREADS, _POOL)),
    **dict.fromkeys(
        ("concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor"),
        RunnerClass(Runner.POOL, _EXECUTOR),
    ),
    **dict.fromkeys(
        ("multiprocessing.Pool", "multiprocessing.pool.Pool", "multiprocessing.context.Pool"),
        RunnerClass(Runner.POOL, _POOL),
    ),
    **dict.fromkeys(("multiprocessing.Process", "multiprocessing.context.Process"), RunnerClass(Runner.POOL, {})),
    **dict.fromkeys(("joblib.Parallel",), RunnerClass(Runner.JOBLIB, {})),
    **dict.fromkeys(
        ("dask.distributed.Client", "distributed.Client", "dask.distributed.get_client", "distributed.get_client"),
        RunnerClass(Runner.DASK, _DASK),
    ),
    **dict.fromkeys(
        ("lithops.FunctionExecutor", "lithops.ServerlessExecutor", "lithops.LocalhostExecutor"),
        RunnerClass(Runner.CLOUD, {"map": FanOutMethod(Passing.ITEMS, Gives.TASKS, iterables=1)}),
    ),
}

CLOUD_METHODS: Final = {
    **{name: FanOutMethod(Passing.COLUMNS, Gives.RESULTS) for name in ("map", "for_each", "spawn_map")},
    "starmap": FanOutMethod(Passing.ROWS, Gives.RESULTS, iterables=1),
    **{name: FanOutMethod(Passing.DIRECT, Gives.TASK, True) for name in ("remote", "spawn", "submit", "delay")},
}
"""What a decorator gives to a function that then runs in a cloud: `f.map(items)`, as with Modal and Coiled."""

DELAYED: Final = {
    "dask.delayed": Runner.DASK,
    "dask.delayed.delayed": Runner.DASK,
    "joblib.delayed": Runner.JOBLIB,
}
"""Functions that make another one lazy: a call of what they give is one task."""

AS_COMPLETED: Final = frozenset(
    "concurrent.futures.as_completed dask.distributed.as_completed distributed.as_completed".split()
)
"""Functions that give back the tasks that they are given."""

WAITS: Final = frozenset("concurrent.futures.wait dask.distributed.wait distributed.wait".split())
"""Functions that wait for tasks."""

GATHERS: Final = frozenset({"dask.compute"})
"""Functions that give the results of the tasks that they are given one by one."""

GATHER_METHODS: Final = frozenset({"gather", "get_result"})
"""Methods of what runs tasks that give the results of those that they are given."""

RESULT_METHODS: Final = frozenset({"result", "get"})
"""Methods of a task that wait for it and give its result."""

QUIET_MEMBERS: Final = frozenset("done running cancelled status exception ready successful wait key".split())
"""Members of a task that do not tell what its function returned."""

CONTEXTS: Final = frozenset({"multiprocessing.get_context"})
"""Functions whose result has the classes of `multiprocessing.context`."""
