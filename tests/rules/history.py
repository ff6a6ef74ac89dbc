"""What becomes of a few lines about the refs, the log or the state of one repo."""

from al_codemod.finding import Finding
from al_codemod.migrate import migrate
from al_codemod.settings import Settings

HEADER = """\
from arraylake import Client

repo = Client().get_repo("org/repo")
"""


def migrated(body: str, header: str = HEADER) -> str:
    """The migration of `body`, without the header and without added imports; a second run must change nothing."""
    text = migrate(header + body, Settings()).text
    assert migrate(text, Settings()).text == text
    start = header.rstrip().splitlines()[-1] + "\n"
    assert start in text
    return text.split(start, 1)[1]


def by_hand(body: str, header: str = HEADER) -> list[Finding]:
    """The findings on `body` that are left to a person, after a run that changed nothing of these lines."""
    found = [f for f in migrate(header + body, Settings()).findings if not f.fixed]
    assert all(f.instead for f in found if f.code.startswith("AL3"))
    return found
