"""One manifest in, its migration out."""

from collections.abc import Iterable, Iterator

from al_codemod.finding import NONE_DECLINED, Applicability, Declined, Finding, Migration
from al_codemod.manifests import (
    codes,
    conda_env,
    dockerfile,
    locks,
    python_code,
    requirements,
    setup_cfg,
    shell,
    toml_files,
    workflows,
)
from al_codemod.manifests.judge import constraint_of, fitting_target
from al_codemod.manifests.kinds import Kind, kind_of
from al_codemod.manifests.located import PYTHON, Located
from al_codemod.manifests.needs import Needs
from al_codemod.manifests.resolve import Places, Resolution, line_comments, resolve
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError
from al_codemod.suppress import Suppressions
from al_codemod.targets import Target
from al_codemod.wanted import Wanted

_READERS = {
    Kind.REQUIREMENTS: requirements.locate,
    Kind.PYPROJECT: toml_files.locate_pyproject,
    Kind.PIPFILE: toml_files.locate_pipfile,
    Kind.PIXI: toml_files.locate_pixi,
    Kind.SETUP_CFG: setup_cfg.locate,
    Kind.PYTHON: python_code.locate,
    Kind.CONDA: conda_env.locate,
    Kind.DOCKERFILE: dockerfile.locate,
    Kind.WORKFLOW: workflows.locate,
}
_NONE = Needs()


def migrate_manifest(
    path: str, text: str, settings: Settings, needs: Needs = _NONE, declined: Declined = NONE_DECLINED
) -> Migration:
    """Migrate one manifest, whose kind its name tells.

    `text` is without a byte order mark. The result differs from it only when there is evidence of V1. Raises
    `SourceError` when the text is not what its name promises.
    """
    kind = kind_of(path)
    if kind is Kind.LOCK or (kind is Kind.REQUIREMENTS and requirements.is_compiled(text)):
        wanted = Wanted(Suppressions(""), settings, declined)
        return Migration(text, tuple(_stale_lock(path, text, needs, wanted)))
    comments = Suppressions(text) if kind is Kind.PYTHON else Suppressions(text, line_comments)
    result = resolve(text, _locate(path, text, kind), needs, Wanted(comments, settings, declined))
    if result.text != text:
        _check_result(path, result.text, kind)
    return result


def _check_result(path: str, text: str, kind: Kind | None) -> None:
    """Never write what does not parse."""
    try:
        list(_locate(path, text, kind))
    except SourceError as error:
        reason = f"internal error, please report it: the migrated manifest is {error.reason}; left alone"
        raise SourceError.of_file(path, reason) from None


def with_embedded(path: str, original: str, migrated: str, wanted: Wanted, needs: Needs) -> Migration:
    """The migration of the requirements within Python code, such as those of a cloud image, after that of the code.

    The findings are about places in the `original`; the text is made from the `migrated` code, whose strings are the same.
    Raises `SourceError` when one of the two does not parse.
    """
    settings = wanted.settings
    found = Resolution(original, python_code.locate(path, original), needs, settings)
    unwanted = found.unwanted(wanted)
    result = found.carry_out(unwanted, safe_only=settings.safe_only)
    if result.text == original:
        return Migration(migrated, result.findings)
    again = Resolution(migrated, python_code.locate(path, migrated), needs, settings)
    if len(again.verdicts) != len(unwanted):
        unwanted = again.unwanted(Wanted(Suppressions(migrated), settings))
    return Migration(again.carry_out(unwanted, safe_only=settings.safe_only).text, result.findings)


def migrate_install_line(line: str, settings: Settings, needs: Needs = _NONE) -> Migration:
    """Migrate one line of a shell, which may be a notebook's `%pip install ...` or `!pip install ...`."""
    found = shell.locate(line, shell.magic_start(line), len(line))
    return resolve(line, found, needs, Wanted(Suppressions(line, line_comments), settings))


def project_target(manifests: Iterable[tuple[str, str]], settings: Settings) -> Target | None:
    """The target that fits the Python of a project, given the paths and texts of its manifests.

    It is `None` when none of them says which Python that is.
    """
    pythons = []
    for path, text in manifests:
        for located in _pythons(path, text):
            constraint = constraint_of(located)
            if constraint is not None and located.installs:
                pythons.append(constraint)
    return fitting_target(settings.target, pythons) if pythons else None


def _pythons(path: str, text: str) -> list[Located]:
    """The constraints on Python in a manifest; one that cannot be read has none, and is reported elsewhere."""
    try:
        return [located for located in _locate(path, text, kind_of(path)) if located.name == PYTHON]
    except SourceError:
        return []


def _locate(path: str, text: str, kind: Kind | None) -> Iterator[Located]:
    if kind in _READERS:
        return _READERS[kind](path, text)
    return iter(())


def _stale_lock(path: str, text: str, needs: Needs, wanted: Wanted) -> Iterator[Finding]:
    """What to say of a lock that holds V1: of zarr 2 alone only where the project has V1 code."""
    stale = list(locks.stale(text))
    if not needs.v1_code and not any(name == "arraylake" for _, _, name, _ in stale):
        return
    places = Places(text)
    for start, end, name, version in stale:
        message = f"{name} {version} is locked; a lock is not edited but made again, from the migrated manifest"
        instead = f"run {locks.command(path)}"
        finding = Finding(places.span(start, end), codes.LOCK, message, Applicability.MANUAL, instead=instead)
        why = wanted.verdict(finding.code, finding.span)
        yield finding if why is None else finding.left_alone(why)
