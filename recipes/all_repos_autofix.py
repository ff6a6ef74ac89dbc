"""Migrate hundreds of repositories with all-repos (https://pypi.org/project/all-repos), a branch for each.

    pip install all-repos && pip install .              # in a clone of al-codemod
    all-repos-clone --config-filename all-repos.json
    python recipes/all_repos_autofix.py --config-filename all-repos.json --dry-run     # or --interactive, or --jobs 8

Every repository that names arraylake is cloned afresh, migrated, committed and pushed as the configuration says. What is
left to a person is marked by a TODO comment. A repository in which something fails is reported, and the others go on.
"""

import argparse
import sys
from collections.abc import Sequence

from all_repos import autofix_lib
from all_repos.config import Config
from all_repos.grep import repos_matching

WORK_LEFT = 1
MESSAGE = """Migrate from Arraylake V1 to Icechunk and zarr 3

Made by al-codemod. Lines marked `TODO(al-codemod ...)` are left to a person.
"""


def find_repos(config: Config) -> set[str]:
    """The clones in which arraylake is named in a file that Python code is in."""
    return repos_matching(config, ("arraylake", "--", "*.py", "*.pyi", "*.ipynb", "*.md"))


def apply_fix() -> None:
    """Migrate the repository that is the current directory; work that is left to do by hand is no failure."""
    command = (sys.executable, "-m", "al_codemod", "--annotate", ".")
    done = autofix_lib.run(*command, check=False)
    if done.returncode != WORK_LEFT:
        done.check_returncode()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the fixer with the usual options of all-repos."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    autofix_lib.add_fixer_args(parser)
    args = parser.parse_args(argv)
    repos, config, commit, settings = autofix_lib.from_cli(
        args, find_repos=find_repos, msg=MESSAGE, branch_name="al-codemod"
    )
    autofix_lib.fix(repos, apply_fix=apply_fix, config=config, commit=commit, autofix_settings=settings)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
