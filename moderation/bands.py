"""The four bands: how soon a person must look at a text. Nothing here knows what a text is."""

from enum import StrEnum


class Band(StrEnum):
    """How soon a person must look. Compare bands by `rank`: as strings they would sort by alphabet."""

    CRISIS = "crisis"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"

    @property
    def rank(self) -> int:
        """0 for crisis to 3 for green, so that sorting by rank puts the most urgent first."""
        return _RANKS[self]


_RANKS = {band: rank for rank, band in enumerate(Band)}


def higher_of(*bands: Band) -> Band:
    """The most urgent of these bands; green when there is none."""
    return min(bands, key=lambda band: band.rank, default=Band.GREEN)
