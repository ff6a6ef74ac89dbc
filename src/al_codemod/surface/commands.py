"""The command line of Arraylake: the commands and options that have changed or are gone."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Command:
    """What became of a command `arraylake <group> <name>`.

    `renamed` are options with another name now, `dropped` options to leave out (with the values for which that is
    right, all where there are none; `None` for a flag without a value), `manual` options that need a person. `instead`
    says what to do without a command that is gone.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, frozenset[str] | None] = field(default_factory=dict)
    manual: dict[str, str] = field(default_factory=dict)
    instead: str = ""


_STATUS = "a repository has no status of that kind; icechunk 2 has a Repository.status, of another meaning"

GROUPS: Final = frozenset({"repo", "auth", "config", "org", "compute"})

COMMANDS: Final[dict[tuple[str, str], Command]] = {
    ("repo", "create"): Command(
        renamed={"--bucket-nickname": "--bucket-config-nickname"},
        dropped={"--kind": frozenset({"icechunk"})},
        manual={
            "--kind": "every repository is an Icechunk one: drop --kind where that is meant",
            "--import-existing": "arraylake repo import ORG/REPO BUCKET_NICKNAME PREFIX adopts a repository",
        },
    ),
    ("repo", "tree"): Command(manual={"--prefix": "drop --prefix: the whole tree is shown"}),
    ("repo", "export"): Command(
        instead='xr.open_zarr(repo.readonly_session("main").store, group=...).to_zarr(destination), for each group'
    ),
    ("repo", "get-status"): Command(instead=_STATUS),
    ("repo", "set-status"): Command(instead=_STATUS),
    ("repo", "doctor"): Command(instead="arraylake repo tune, with arraylake 1.x"),
    ("auth", "logout"): Command(dropped={"--browser": None, "--no-browser": None}),
}
