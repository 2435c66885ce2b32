"""What is known of a training copy: the moments that were planted into its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fead_desktop.anomalies.events import Extent
from fead_desktop.review.verdict import Moment

#: Said wherever somebody could take a training copy for the recording that it was made from.
REMARK = (
    "This is a training copy: moments were planted into its pictures. It is no evidence, "
    "and nothing is exported from it."
)


@dataclass(frozen=True)
class PlantedMoment:
    """A moment that was planted into the pictures of one person; ``person`` is that of the training case.

    kind, magnitude : the expression, and how far it moves its own measure in robust σ of this person.
    """

    person: int
    kind: str
    magnitude: float
    extent: Extent

    @property
    def words(self) -> str:
        """What is said of it once it was judged."""
        return f"planted by the program: {self.kind}, {self.magnitude:g} σ"


@dataclass(frozen=True)
class Training:
    """A training copy. ``source_sha256`` is the recording that it was made from."""

    source_sha256: str
    seed: int
    planted: tuple[PlantedMoment, ...]

    @property
    def words(self) -> dict[Moment, str]:
        """What is said of each moment, by what verdicts know it by."""
        return {(each.person, each.extent.peak_frame): each.words for each in self.planted}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Training:
        """Read :meth:`to_dict`."""
        planted = (
            PlantedMoment(**{**each, "extent": Extent(**each["extent"])})
            for each in values["planted"]
        )
        return cls(values["source_sha256"], values["seed"], tuple(planted))
