"""The codes of the findings about manifests: each with its name and its explanation."""

from collections.abc import Mapping
from typing import Final

from al_codemod.codes import Code

REQUIREMENT: Final = "AL901"
COMPANION: Final = "AL902"
UNDECLARED: Final = "AL903"
PYTHON_BOUND: Final = "AL904"
OTHER_LINE: Final = "AL905"
LOCK: Final = "AL906"
HASHED: Final = "AL907"
UNREADABLE: Final = "AL908"
EXTRA: Final = "AL909"

CODES: Final[Mapping[str, Code]] = {
    code.code: code
    for code in (
        Code(
            REQUIREMENT,
            "v1-requirement",
            """The manifest admits versions of arraylake, zarr or icechunk that migrated code does not run on.

            Arraylake 0.24 dropped V1, and Icechunk needs zarr 3. The constraint moves to the line of versions that is
            migrated to. What the manifest said beyond that (an upper bound that still holds, versions it excludes)
            stays. An exact pin becomes a lower bound and is to be reviewed: pin again what the resolver chooses.""",
        ),
        Code(
            COMPANION,
            "companion-requirement",
            """The manifest holds back a package that has to go along: xarray, dask, numcodecs, numpy, pydantic.

            Old ones know nothing of zarr 3, or are refused by it. A package without a constraint is left alone, since
            a resolver finds the right one.""",
        ),
        Code(
            UNDECLARED,
            "undeclared-requirement",
            """Migrated code imports a package that the manifest does not name.

            Arraylake brings icechunk along, but what a project imports it should name itself. The package goes next to
            arraylake.""",
        ),
        Code(
            PYTHON_BOUND,
            "python-too-old",
            """The project admits a Python that the libraries do not: Icechunk 1.1 needs Python 3.11, Icechunk 2 needs 3.12.

            A version constraint is raised, for review; the tags of images and the versions of a CI matrix are left to
            a person.""",
        ),
        Code(
            OTHER_LINE,
            "python-fits-other-target",
            """The project is held to a Python that the target does not run on, but the line before it does.

            The requirements are those of the line that fits. The code has to be migrated for the same one, so run
            again with `--target 1`, or raise Python and run again.""",
        ),
        Code(
            LOCK,
            "stale-lock",
            """A lock file, or a compiled requirements file, holds V1 versions.

            Such files are never edited: the tool that wrote them writes them again from the migrated manifest.""",
        ),
        Code(
            HASHED,
            "hashed-requirement",
            """A requirement has hashes, which only its index knows, so it is left as it is.""",
        ),
        Code(
            UNREADABLE,
            "unreadable-requirement",
            """A requirement cannot be changed where it stands: it points at a file or a repository, has a variable in its
            version, or is spelled in a way that is not understood.""",
        ),
        Code(
            EXTRA,
            "gone-extra",
            """An extra of arraylake that no longer exists is asked for.

            It is taken out. What it stood for, beyond what arraylake itself needs, has to be named where it is used.""",
        ),
    )
}
