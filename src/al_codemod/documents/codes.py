"""The codes of the findings that only documents have: each with its name and its explanation."""

from collections.abc import Mapping
from typing import Final

from al_codemod.codes import Code

NOT_PARSED: Final = "AL751"
NOT_MIGRATED: Final = "AL752"
COMMENTED: Final = "AL753"

CODES: Final[Mapping[str, Code]] = {
    code.code: code
    for code in (
        Code(
            NOT_PARSED,
            "block-not-parsed",
            """A cell of a notebook, or a block of a document, is not valid Python and may use Arraylake V1.

            It is left alone, and does not keep the others from being migrated. Blocks without a word of V1 are not
            reported.""",
        ),
        Code(
            NOT_MIGRATED,
            "not-python-here",
            """Text speaks of Arraylake V1 where no Python runs that can be migrated.

            That is a cell of another language (`%%writefile`, `%%html`), a request for help (`repo.commit?`), or an
            example in a docstring with escapes, in which what is written is not what is read.""",
        ),
        Code(
            COMMENTED,
            "commented-out",
            """Code that is commented out, or in a block that a document does not show, uses Arraylake V1.

            It does not run, so it is not rewritten; delete it, or migrate it when it is needed again.""",
        ),
    )
}
