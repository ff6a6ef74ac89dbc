"""Which proposals are not carried out though nothing is wrong with them, and what has to stay with them.

The edits of one place belong together: a session that is opened where nothing commits it any more would lose writes. So
one of them that is not wanted (suppressed, not selected, declined), or that a person is to review where only safe edits are
wanted, keeps them all back.
"""

from collections.abc import Iterable, Sequence

from al_codemod.finding import Applicability
from al_codemod.rules.base import Context, Draft, Shared

V1_NAMES = ("AL50", "AL511")
"""Rules about V1 classes and exceptions: one import serves many uses, and no use of them decides about a session."""


def withhold(contexts: Sequence[Context]) -> None:
    """Leave every place of which some draft is not wanted. To be called when all drafts about places are there."""
    mark_unwanted(contexts)
    shared = contexts[0].shared
    for context in contexts:
        for draft in context.drafts:
            if not draft.edits or draft.applicability is Applicability.MANUAL:
                continue
            if draft.unwanted and draft.code.startswith(V1_NAMES):
                _hold((d for d in context.drafts if d.code.startswith(V1_NAMES)), draft)
            elif draft.unwanted or not context.source.editable or _is_unsafe(context, draft):
                for place in draft.places:
                    place.leave()
                    shared.withheld.setdefault(place, draft)
    # A draft about two places that stays because of one of them takes the other one with it.
    drafts = (draft for context in contexts for draft in context.drafts)
    waiting = [d for d in drafts if d.edits and len(d.places) > 1 and not d.code.startswith(V1_NAMES)]
    while any(_spread(shared, draft) for draft in waiting):
        pass  # one that has been left may keep the next one back


def _spread(shared: Shared, draft: Draft) -> bool:
    """Leave all places of a draft if one of them is left; whether that is news."""
    why = cause(shared, draft)
    news = [p for p in draft.places if p not in shared.withheld] if why is not None else []
    for place in news:
        place.leave()
        shared.withheld[place] = why or draft
    return bool(news)


def mark_unwanted(contexts: Iterable[Context]) -> None:
    """Note which drafts are not wanted, and why."""
    for context in contexts:
        for draft in context.drafts:
            line = getattr(draft.node, "lineno", 1)
            draft.unwanted = context.wanted.verdict(draft.code, context.span(draft.node), line)


def cause(shared: Shared, draft: Draft) -> Draft | None:
    """The draft that is not wanted and that keeps this one back."""
    if draft.waits_for is not None:
        return draft.waits_for
    places = (q for p in draft.places for q in {p, *p.group})
    return next((shared.withheld[q] for q in places if q in shared.withheld), None)


def _hold(drafts: Iterable[Draft], why: Draft) -> None:
    for draft in drafts:
        if draft is not why and draft.waits_for is None:
            draft.waits_for = why


def _is_unsafe(context: Context, draft: Draft) -> bool:
    return context.settings.safe_only and draft.applicability is Applicability.REVIEW
