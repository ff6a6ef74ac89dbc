"""Worker processes, when there is enough work for them."""

import os
import signal
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from al_codemod.outcome import FileOutcome
from al_codemod.source.errors import SourceError
from al_codemod.source.project import Group

if TYPE_CHECKING:
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

    from al_codemod.job import Job

WORTH_A_POOL = 100_000
"""Bytes of candidates below which starting processes takes longer than doing the work here."""


def migrate_groups(groups: Sequence[Group], job: "Job", jobs: int | None) -> Iterator[FileOutcome]:
    """Migrate groups of files, in any order; `jobs` is the most processes to use."""
    if not groups:
        return
    workers = min(jobs or _available_processors(), len(groups))
    if workers > 1 and sum(group.size for group in groups) >= WORTH_A_POOL:
        # The largest first: whichever comes last, little is left to wait for.
        yield from _in_processes(sorted(groups, key=lambda g: (-g.size, g.paths)), job, workers)
    else:
        from al_codemod.worker import migrate_group

        for group in groups:
            yield from migrate_group(group, job)


def _available_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _in_processes(groups: Sequence[Group], job: "Job", workers: int) -> Iterator[FileOutcome]:
    from concurrent.futures import ProcessPoolExecutor, as_completed

    with ProcessPoolExecutor(workers, mp_context=_context(), initializer=_leave_interrupts_to_the_parent) as executor:
        futures = {executor.submit(_migrate_group, group, job): group for group in groups}
        try:
            for future in as_completed(futures):
                # Let go of the result: a tree's worth of files need not stay here as well.
                yield from _result(future, futures.pop(future))
        except BaseException:
            executor.shutdown(wait=True, cancel_futures=True)
            raise


def _migrate_group(group: Group, job: "Job") -> list[FileOutcome]:
    from al_codemod.worker import migrate_group

    return migrate_group(group, job)


def _result(future: "Future[list[FileOutcome]]", group: Group) -> list[FileOutcome]:
    from concurrent.futures import BrokenExecutor

    try:
        return future.result()
    except BrokenExecutor:
        reason = "not done: a worker process ended abruptly"
        return [FileOutcome(path, error=str(SourceError.of_file(path, reason))) for path in group.paths]


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
