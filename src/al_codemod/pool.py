"""Worker processes, when there is enough work for them."""

import os
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from al_codemod.outcome import FileOutcome
from al_codemod.source.errors import SourceError

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

    from al_codemod.worker import Job

WORTH_A_POOL = 100_000
"""Bytes of candidates below which starting processes takes longer than doing the work here."""


def migrate_files(candidates: Sequence[tuple[int, str]], job: "Job", jobs: int | None) -> Iterator[FileOutcome]:
    """Migrate the candidates, pairs of size and path, in any order; `jobs` is the most processes to use."""
    if not candidates:
        return
    workers = min(jobs or _available_processors(), len(candidates))
    if workers > 1 and sum(size for size, _ in candidates) >= WORTH_A_POOL:
        # The largest first: whichever comes last, little is left to wait for.
        yield from _in_processes([path for _, path in sorted(candidates, reverse=True)], job, workers)
    else:
        from al_codemod.worker import migrate_file

        for _, path in candidates:
            yield migrate_file(path, job)


def _available_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _in_processes(paths: Sequence[str], job: "Job", workers: int) -> Iterator[FileOutcome]:
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(workers, mp_context=_context(), initializer=_leave_interrupts_to_the_parent) as executor:
        futures = {executor.submit(_migrate_file, path, job): path for path in paths}
        try:
            for future in as_completed(futures):
                # Let go of the result: a tree's worth of files need not stay here as well.
                yield _result(future, futures.pop(future))
        except BaseException:
            executor.shutdown(wait=True, cancel_futures=True)
            raise


def _migrate_file(path: str, job: "Job") -> FileOutcome:
    from al_codemod.worker import migrate_file

    return migrate_file(path, job)


def _result(future: "Future[FileOutcome]", path: str) -> FileOutcome:
    from concurrent.futures import BrokenExecutor

    try:
        return future.result()
    except BrokenExecutor:
        return FileOutcome(path, error=str(SourceError.of_file(path, "not done: a worker process ended abruptly")))


def _context() -> "BaseContext":
    """Processes that start clean; where there is a fork server it imports LibCST once for all of them."""
    import multiprocessing

    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["al_codemod.worker"])
    return context


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches the whole process group; a worker finishes its file and is told by its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
