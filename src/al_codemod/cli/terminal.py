"""The terminal: whether it gets colours, and that printing never fails."""

import io
import os
import sys
from collections.abc import Mapping


def never_fail_to_print() -> None:
    """A file name, or a line of somebody's code, may hold what the encoding of the terminal does not."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def wants_color(choice: str, environment: Mapping[str, str] = os.environ) -> bool | None:
    """Whether to use colours, `None` for: on terminals. The option wins, then `NO_COLOR`, then `FORCE_COLOR`."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return False if environment.get("TERM") == "dumb" else None
