"""The one shape of everything that can be wrong with a file."""


class SourceError(Exception):
    """Why a file cannot be migrated, and where in it: lines and columns count from 1."""

    def __init__(self, path: str, line: int, column: int, reason: str) -> None:
        super().__init__(path, line, column, reason)
        self.path = path
        self.line = line
        self.column = column
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.reason}"

    @classmethod
    def of_file(cls, path: str, reason: str) -> "SourceError":
        """An error that concerns the file as a whole."""
        return cls(path, 1, 1, reason)

    @classmethod
    def from_os(cls, path: str, error: OSError) -> "SourceError":
        """What the operating system says, in its own words but without its own idea of the path."""
        return cls.of_file(path, (error.strerror or str(error)).lower())
