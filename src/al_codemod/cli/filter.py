"""`al-codemod -`: source in, migrated source out; what there is to say goes to standard error."""

import os
import sys

from al_codemod.cli.output import report
from al_codemod.cli.request import Request
from al_codemod.job import Job
from al_codemod.manifests.kinds import has_needle, kind_of
from al_codemod.outcome import FileOutcome, summarize
from al_codemod.settings import Settings
from al_codemod.source.discover import is_excluded
from al_codemod.source.prefilter import has_hint, has_proof


def filter_stdin(request: Request, settings: Settings) -> int:
    """Migrate what standard input holds. On an error it comes out as it went in, so that no editor loses its buffer."""
    path = request.stdin_filename or "<stdin>"
    data = sys.stdin.buffer.read()
    file = _migrate(path, data, settings) if _is_wanted(request, settings) else FileOutcome(path)
    outcome = summarize([file], scanned=1, writes=request.writes)
    if request.writes:
        sys.stdout.buffer.write(data if file.new is None else file.new)
        sys.stdout.buffer.flush()
    report(request, outcome)
    return outcome.exit_code


def _is_wanted(request: Request, settings: Settings) -> bool:
    from al_codemod.run import selection

    if request.stdin_filename is None or not settings.force_exclude:
        return True
    return not is_excluded(os.path.realpath(request.stdin_filename), selection(settings))


def _migrate(path: str, data: bytes, settings: Settings) -> FileOutcome:
    may_be_v1 = has_needle(data) if kind_of(path) else has_proof(data) or has_hint(data)
    if not may_be_v1:
        return FileOutcome(path)
    from al_codemod.worker import migrate_bytes

    return migrate_bytes(path, data, Job(settings))
