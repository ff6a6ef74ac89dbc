"""A progress bar on standard error: on terminals only, and only for a run that takes its time."""

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from al_codemod.run import Progress

PATIENCE = 0.5
"""Seconds that nobody minds."""


@contextmanager
def progress_bar(*, quiet: bool) -> "Iterator[Progress | None]":
    """What a run is to tell its progress to, `None` where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    """The bar, which is made when it is first needed: rich takes longer to import than most runs."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.bar: tuple[RichProgress, TaskID] | None = None

    def update(self, done: int, total: int) -> None:
        if self.bar is None:
            if time.monotonic() - self.started < PATIENCE or done == total:
                return
            self.bar = _start(total)
        progress, task = self.bar
        progress.update(task, completed=done, total=total)

    def stop(self) -> None:
        if self.bar is not None:
            self.bar[0].stop()


def _start(total: int) -> "tuple[RichProgress, TaskID]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Migrating"), BarColumn(), MofNCompleteColumn(), TextColumn("files,"), TimeRemainingColumn())
    progress = Progress(*columns, TextColumn("left"), console=Console(stderr=True), transient=True)
    task = progress.add_task("", total=total)
    progress.start()
    return progress, task
