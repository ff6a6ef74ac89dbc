"""The class that keeps a repo with its session, as the examples of several rules show it."""

from typing import Final

CLASS: Final = '''
class WorkingCopy:
    """A repository, and the session in use on it: whoever holds this shares both."""

    def __init__(self, repo: icechunk.Repository) -> None:
        self.repo = repo
        self.session = repo.writable_session("main")

    def commit(self, message: str) -> str:
        """Commit what was written, if anything was, and go on with a new session on the branch."""
        branch = self.session.branch
        if branch is None:
            raise RuntimeError("a session on a tag or snapshot takes no commits")
        if self.session.has_uncommitted_changes:
            self.session.commit(message, rebase_with=icechunk.ConflictDetector())
            self.session = self.repo.writable_session(branch)
        return self.session.snapshot_id
'''
