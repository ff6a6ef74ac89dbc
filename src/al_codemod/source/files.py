"""Read a file, and replace it whole or not at all."""

import os
import stat
from contextlib import suppress

from al_codemod.source.errors import SourceError

_CHUNK = 1 << 16
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def read_bytes(path: str) -> bytes:
    """The bytes of a file; a third of the price of `open(path, "rb").read()` for the small ones."""
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            data = os.read(descriptor, _CHUNK)
            if len(data) < _CHUNK:
                return data
            chunks = [data]
            while data := os.read(descriptor, _CHUNK * 16):
                chunks.append(data)
            return b"".join(chunks)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SourceError.from_os(path, error) from None


def replace_file(path: str, old: bytes, new: bytes) -> None:
    """Give the file the bytes `new` in one step, unless it no longer holds `old`.

    The new bytes are on the disk, in the same directory, before they take the name of the old ones, so the file is
    whole at every moment. A symbolic link stays one: what it points to is replaced. Mode and, where permitted, owner
    stay too.
    """
    target = os.path.realpath(path)
    try:
        if not os.access(target, os.W_OK):
            raise SourceError.of_file(path, "not writable")
        before = os.stat(target)
        temporary = _write_beside(target, new, before)
        try:
            if read_bytes(target) != old:
                raise SourceError.of_file(path, "changed on disk since it was read; left alone")
            os.replace(temporary, target)
        except BaseException:
            with suppress(FileNotFoundError):  # an interrupt may come when it has its new name already
                os.unlink(temporary)
            raise
    except OSError as error:
        raise SourceError.from_os(path, error) from None


def _write_beside(target: str, data: bytes, like: os.stat_result) -> str:
    """Write a temporary file into the directory of `target`, with mode and owner as in `like`."""
    import tempfile

    directory, name = os.path.split(target)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".al-codemod", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if hasattr(os, "fchown") and (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
                _keep_owner(file.fileno(), like)
            os.chmod(temporary, stat.S_IMODE(like.st_mode))
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _keep_owner(descriptor: int, like: os.stat_result) -> None:
    """Only root may give files away; for all others the file becomes the writer's, as with any editor."""
    try:
        os.fchown(descriptor, like.st_uid, like.st_gid)
    except PermissionError:
        return
