"""The command line. What a run needs is imported only when there is a run."""

from al_codemod.cli.command import main

__all__ = ["main"]
