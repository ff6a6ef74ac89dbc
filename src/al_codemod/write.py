"""The last step of a run: files get their new bytes, one after the other, each as a whole or not at all."""

from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes, replace_file


class Interrupted(Exception):
    """The writing was stopped. Every file is whole: `written` have their new bytes, `left` still the old ones."""

    def __init__(self, written: list[str], left: list[str]) -> None:
        super().__init__(written, left)
        self.written = written
        self.left = left


def write_files(outcome: RunOutcome) -> RunOutcome:
    """Write all that is to change. A file that cannot be written is an error of its own, and the others go on.

    Raises `Interrupted` in place of a `KeyboardInterrupt`.
    """
    try:
        written = [_write(file) for file in outcome.files]
    except KeyboardInterrupt:
        done = [file.path for file in outcome.files if file.changed and _is_written(file)]
        left = [file.path for file in outcome.files if file.changed and file.path not in done]
        raise Interrupted(done, left) from None
    return summarize(written, outcome.summary.files_scanned, writes=True)


def _write(file: FileOutcome) -> FileOutcome:
    if file.old is None or file.new is None:
        return file
    try:
        replace_file(file.path, file.old, file.new)
    except SourceError as error:
        return FileOutcome(file.path, error=str(error))
    return file


def _is_written(file: FileOutcome) -> bool:
    """Asked of the disk: an interrupt may come between the writing and the note that it was done."""
    try:
        return read_bytes(file.path) == file.new
    except SourceError:
        return False
