"""One more item in a list that is written between brackets: of TOML, of Python, of YAML in its flow style."""

import re

from al_codemod.manifests.located import Replacement, line_break, line_end, line_start

_AFTER = re.compile(r"(?P<comma>\s*,)?[ \t]*(?P<comment>#.*)?")


def add_item(text: str, start: int, end: int, item: str) -> tuple[Replacement, ...]:
    """Put `item` after the item from `start` to `end`: on a line of its own when that one has one."""
    before = text[line_start(text, start) : start]
    stop = line_end(text, end)
    after = _AFTER.fullmatch(text, end, stop)
    if before.strip() or after is None:
        return (Replacement(end, end, f", {item}"),)
    new = f"{line_break(text)}{before}{item}"
    if after["comma"]:
        return (Replacement(stop, stop, f"{new},"),)
    if stop == end:
        return (Replacement(end, end, f",{new}"),)
    return Replacement(end, end, ","), Replacement(stop, stop, new)
