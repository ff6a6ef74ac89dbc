"""A stand-in for the analysis, so that these tests are about everything around it."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from al_codemod import migrate as migration
from al_codemod.cli import main
from al_codemod.finding import Applicability, Finding, Migration, Span, Unwanted
from al_codemod.semantics.modules import Module
from al_codemod.settings import Settings

Cli = Callable[..., Result]

OLD = "import arraylake\nOLD()\n"
NEW = "import arraylake\nNEW()\n"

REAL = """from arraylake import Client

one = Client().get_repo("org/one")
one.root_group.create_group("a")
one.commit("one")


two = Client().get_repo("org/two")
two.root_group.create_group("b")
two.commit("two")
two.filter_metadata("c")
"""
"""V1 code of two repos that have nothing to do with each other, and a line that is left to a person."""


def fake_migrate(text: str, settings: Settings) -> Migration:
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


class FakeProposal:
    """What the stand-in proposes for a module."""

    def __init__(self, module: Module, settings: Settings) -> None:
        self.module = module
        self.settings = settings

    def migration(self) -> Migration:
        return fake_migrate(self.module.text, self.settings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.migration().findings

    def remaining(self) -> tuple[Finding, ...]:
        return self.findings


def fake_propose(modules: Sequence[Module], settings: Settings, declined: object) -> list[FakeProposal]:
    return [FakeProposal(module, settings) for module in modules]


def git(*arguments: str, cwd: Path | None = None) -> str:
    """Run git as somebody, and answer with what it prints."""
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false")
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, which is the current one; nothing in the environment speaks to the command."""
    for name in ("NO_COLOR", "FORCE_COLOR", "PRE_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "project"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def project(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, where the stand-in does the migration."""
    monkeypatch.setattr(migration, "propose", fake_propose)
    return directory


@pytest.fixture
def cli() -> Cli:
    """Run the command; what it prints on stdout and on stderr is kept apart."""

    def run(*arguments: object, input: str | bytes | None = None) -> Result:  # noqa: A002
        return CliRunner().invoke(main, [*map(str, arguments)], input=input)

    return run
