"""The screening of a new text: one ordered list of small phases.

Each phase looks at one thing, is pure, and is tested alone. It may raise how soon a person looks, and it may
keep readers waiting; none rejects, none deletes, none lowers, and none knows of another. All of them run,
whatever those before them found. One that fails holds the text, and the others still run.

The order is the one in which a moderator reads why a text waits: what readers must not see first stands
before what only explains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from moderation.bands import Band, higher_of
from moderation.screening.explanations import load_explanations
from moderation.screening.findings import Finding, NewText, Phase
from moderation.screening.form_phases import look_at_form, look_for_links, look_for_repeats
from moderation.screening.mode_phases import ask_the_mode, look_at_hours, look_at_newness
from moderation.screening.phraselists import CONDUCT, PHRASES, load_lists
from moderation.screening.word_phases import (
    look_for_hostility,
    look_for_method,
    look_for_other_people,
    look_for_own_traces,
    look_for_risk,
)

PHASES: tuple[Phase, ...] = (
    # Somebody may be in danger: what it finds pages a person, so nothing may stand before it.
    look_for_risk,
    # What could harm a reader who is in danger: amounts and ways. Close to the words of danger around it.
    look_for_method,
    # What somebody does to somebody else here, or tells that it was done to them.
    look_for_hostility,
    # Who wrote this, to whoever knows them. Before other people: an own name is the commonest slip.
    look_for_own_traces,
    # Who somebody else is: a named student or teacher, a room. They were not asked.
    look_for_other_people,
    # Where readers would be led; after the people, because the address of a profile is a trace of somebody.
    look_for_links,
    # The same text once more. It needs what the author sent lately, and tells nothing of it.
    look_for_repeats,
    # Length and form: what cannot be read as a text, and what may have misled the phases above.
    look_at_form,
    # From here on nothing is about the words: why readers wait for a text in which nothing was found.
    ask_the_mode,
    # An author's first texts are read first where the topic says so.
    look_at_newness,
    # Whether anybody was there when it came: it explains a long wait, and keeps nothing from readers.
    look_at_hours,
)


@dataclass(frozen=True)
class Screening:
    """What all phases said of one text, and which of them failed with what."""

    findings: tuple[Finding, ...]
    failures: tuple[tuple[str, Exception], ...] = ()

    @property
    def band(self) -> Band:
        """How soon a person must look. A phase that failed counts as amber: somebody must read the text."""
        found = higher_of(*(finding.band for finding in self.findings))
        return higher_of(found, Band.AMBER) if self.failures else found

    @property
    def holds(self) -> bool:
        """Whether readers wait until a person has looked."""
        return bool(self.failures) or any(finding.holds for finding in self.findings)


def run_phases(text: NewText, phases: Iterable[Phase] = PHASES) -> Screening:
    """Ask every phase in turn."""
    findings: list[Finding] = []
    failures: list[tuple[str, Exception]] = []
    for phase in phases:
        try:
            finding = phase(text)
        except Exception as error:  # whatever went wrong, the text must be kept and read by a person
            failures.append((getattr(phase, "__name__", "a phase"), error))
        else:
            findings += [finding] if finding is not None else []
    return Screening(tuple(findings), tuple(failures))


def load_phases() -> Sequence[Phase]:
    """Read every list that phases need. A broken one stops the start, and not the first post."""
    load_lists(PHRASES)
    load_lists(CONDUCT, PHRASES)
    load_explanations()
    return PHASES
