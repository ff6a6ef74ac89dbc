"""Leaving out the files that import V1 code and have nothing to do with its repos: most of a large project."""

import re
from contextlib import suppress
from dataclasses import replace
from typing import Final

from al_codemod.semantics.exports import Exports
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.project import Group, ImportGraph, module_path
from al_codemod.sources import read_source

FEW: Final = 8
"""Files that are looked at in any case: finding out which of them matter takes longer than to analyse them all."""


def narrowed(group: Group) -> Group:
    """The group without those importers that mention no name which V1 objects pass through.

    Names are looked for in the files as they are, so that what is left out cannot be a caller of anything that changes.
    """
    if len(group.others) <= FEW:
        return group
    others = {path: _read(path) for path in group.others}
    shown = {module_path(path): path for path in others}
    graph = ImportGraph(shown)
    parsed: dict[str, list[Module]] = {}
    needed: set[str] = set()
    while True:
        chosen = [p for p in (*group.paths, *group.context) if p not in others or p in needed]
        parsed |= {path: _parsed(path) for path in chosen if path not in parsed}
        names = Exports(Program([module for path in chosen for module in parsed[path]])).names()
        mention = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(name.encode()) for name in sorted(names)))
        more = {path for path, data in others.items() if path not in needed and names and mention.search(data)}
        # V1 objects may be passed on to what these import, themselves or through what they import.
        more |= {shown[m] for m in graph.reach({module_path(path) for path in more}, graph.imports)} - needed
        if not more:
            break
        needed |= more
    kept = [tuple(p for p in paths if p not in others or p in needed) for paths in (group.paths, group.context)]
    return replace(group, paths=kept[0], context=kept[1], others=tuple(sorted(needed)))


def _read(path: str) -> bytes:
    try:
        return read_bytes(path)
    except SourceError:
        return b""


def _parsed(path: str) -> list[Module]:
    """The modules at a path; what is wrong with them is found when they are migrated."""
    with suppress(Exception):
        return list(read_source(path, read_bytes(path)).modules)
    return []
