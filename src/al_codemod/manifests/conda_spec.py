"""One requirement as conda writes it: `channel::name=1.2`, `name >=1,<2`, `name[version='>=1']`."""

import re
from typing import Final

from al_codemod.manifests.located import PYTHON
from al_codemod.manifests.pep508 import Parsed, normalize
from al_codemod.manifests.versions import PACKAGES

_SPEC: Final = re.compile(
    r"\s*(?:[\w./-]+(?:/[\w-]+)?::)?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?P<constraint>[^\s#\[][^#\[]*?)?\s*(?P<rest>$|#|\[)"
)


def parse_spec(text: str, start: int, end: int) -> Parsed | None:
    """The requirement that `text` holds from `start` to `end`, if it is one of Python or a package concerned."""
    found = _SPEC.match(text[:end], start)
    if found is None or normalize(found["name"]) not in PACKAGES | {PYTHON}:
        return None
    constraint = found["constraint"] or ""
    begin = found.start("constraint") if constraint else found.end("name")
    return Parsed(
        name=normalize(found["name"]),
        constraint=constraint,
        start=found.start("name"),
        name_end=found.end("name"),
        constraint_start=begin,
        end=begin + len(constraint),
        problem="its spelling is not understood" if found["rest"] == "[" else "",
    )
