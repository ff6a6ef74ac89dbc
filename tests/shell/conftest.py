"""A stand-in for the analysis, so that these tests are about everything around it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from al_codemod import migrate as migration
from al_codemod.cli import main
from al_codemod.finding import Applicability, Declined, Finding, Migration, Span, Unwanted
from al_codemod.settings import Settings

Cli = Callable[..., Result]

OLD = "import arraylake\nOLD()\n"
NEW = "import arraylake\nNEW()\n"


def fake_migrate(text: str, settings: Settings, declined: Declined = frozenset()) -> Migration:
    """`OLD` becomes `NEW`, `RISKY` becomes `BETTER` for review; other words in capitals do what they say."""
    if "CRASH" in text:
        raise LookupError("no such\nthing")
    if "ENDLESS" in text:
        raise RecursionError
    if "BREAK" in text:
        return Migration(text.replace("BREAK", "1 +"))
    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        for word, applicability in (
            ("OLD", Applicability.SAFE),
            ("RISKY", Applicability.REVIEW),
            ("BYHAND", Applicability.MANUAL),
            ("HUSHED", Applicability.MANUAL),
        ):
            if (start := line.find(word)) >= 0:
                findings.append(
                    Finding(
                        Span(number, start + 1, number, start + 1 + len(word)),
                        "ALX001",
                        f"{word} is no more",
                        applicability,
                        fixed=applicability is Applicability.SAFE
                        or (applicability is Applicability.REVIEW and not settings.safe_only),
                        instead="write this\nand that" if applicability is Applicability.MANUAL else "",
                        suppressed=word == "HUSHED",
                        unwanted=Unwanted.COMMENT if word == "HUSHED" else None,
                    )
                )
    new = text.replace("OLD", "NEW")
    return Migration(new if settings.safe_only else new.replace("RISKY", "BETTER"), tuple(findings))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, which is the current one, in which the stand-in does the migration."""
    monkeypatch.setattr(migration, "migrate", fake_migrate)
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def cli() -> Cli:
    """Run the command; what it prints on stdout and on stderr is kept apart."""
    return lambda *arguments: CliRunner().invoke(main, [*map(str, arguments)])
