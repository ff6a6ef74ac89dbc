"""What is asked of a worker, whatever the files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from al_codemod.finding import Declined
from al_codemod.manifests.needs import Needs
from al_codemod.settings import Settings


@dataclass(frozen=True, slots=True)
class Job:
    """How to treat every file of a run: the settings, by path what its user declined, and what manifests have to know."""

    settings: Settings
    declined: Mapping[str, Declined] = field(default_factory=dict)
    needs: Needs = field(default_factory=Needs)
