"""What can go wrong when edits are applied. The caller leaves such a file untouched and says why."""


class RewriteError(Exception):
    """Edits cannot be applied to this source; the message says why."""


class ConflictError(RewriteError):
    """Two edits want different things of one node."""
