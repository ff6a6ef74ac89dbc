"""Which findings somebody does not want to be acted on: by a comment, by the settings, or by an answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from al_codemod.finding import NONE_DECLINED, Declined, Span, Unwanted
from al_codemod.settings import Settings
from al_codemod.suppress import Suppressions


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is said about one source."""

    suppressions: Suppressions
    settings: Settings
    declined: Declined = NONE_DECLINED

    def verdict(self, code: str, span: Span, line: int | None = None) -> Unwanted | None:
        """Why a finding at a place in the file is not wanted, `None` when it is.

        `line` is where its comment is looked for, when that is not the line of the place.
        """
        if self.suppressions.cover(span.line if line is None else line, code):
            return Unwanted.COMMENT
        if not is_selected(code, self.settings.select, self.settings.ignore):
            return Unwanted.SETTINGS
        if (code, span) in self.declined:
            return Unwanted.ANSWER
        return None


def is_selected(code: str, select: Iterable[str], ignore: Iterable[str]) -> bool:
    """Whether a code is selected: the longest beginning of it that is named decides; nothing selected means everything."""
    select = tuple(select) or ("",)
    return _longest(code, select) > _longest(code, ignore)


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)
