"""What a self-test found: how many planted moments were flagged, by strength and length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA = 1

#: The moment that the sentence speaks of.
CLEAR_SIGMA, CLEAR_S = 5.0, 0.5

_Z = 1.959964


def wilson(found: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), 0 to 1; all of it where nothing was tried."""
    if of <= 0:
        return 0.0, 1.0
    share, square = found / of, _Z**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * (share * (1 - share) / of + square / (4 * of**2)) ** 0.5
    # Rounding must not leave the share itself outside where none or all were found.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


@dataclass(frozen=True)
class Cell:
    """Moments of one kind, strength (robust σ) and length (s): how many were planted, how many flagged.

    ``in_pictures`` and ``flagged_in_pictures`` are those that were warped into the recording's own pictures.
    """

    kind: str
    magnitude: float
    duration_s: float
    planted: int
    flagged: int
    in_pictures: int = 0
    flagged_in_pictures: int = 0

    @property
    def recall(self) -> float:
        """Share that was flagged; NaN where none was planted."""
        return self.flagged / self.planted if self.planted else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the recall."""
        return wilson(self.flagged, self.planted)


@dataclass(frozen=True)
class PersonSelftest:
    """One person's cells; ``remark`` says why there are none."""

    person: int
    name: str
    cells: tuple[Cell, ...] = ()
    remark: str = ""

    def by_size(self) -> tuple[Cell, ...]:
        """Return the cells with all kinds together, by strength and length."""
        sizes = sorted({(cell.magnitude, cell.duration_s) for cell in self.cells})
        return tuple(
            _sum(c for c in self.cells if (c.magnitude, c.duration_s) == size) for size in sizes
        )

    @property
    def sentence(self) -> str:
        """What the analyst should remember."""
        if not self.cells:
            return self.remark
        clear = [c for c in self.cells if (c.magnitude, c.duration_s) == (CLEAR_SIGMA, CLEAR_S)]
        smiles = [cell for cell in clear if "smile" in cell.kind]
        cell = _sum(smiles or clear)
        what = "smile" if smiles else "change of expression"
        low, high = cell.interval
        return (
            f"In this recording a clear {what} of {cell.duration_s:g} s ({cell.magnitude:g} σ) of {self.name} "
            f"would have been flagged in {cell.flagged} of {cell.planted} tries "
            f"(95 % interval {low * 100:.0f} to {high * 100:.0f} %)."
        )

    @property
    def picture_sentence(self) -> str:
        """How the moments warped into the pictures compare with the rest."""
        cells = [cell for cell in self.by_size() if cell.in_pictures]
        tried = sum(cell.in_pictures for cell in cells)
        if not tried:
            return ""
        found = sum(cell.flagged_in_pictures for cell in cells)
        expected = sum(cell.recall * cell.in_pictures for cell in cells)
        return (
            f"Of {tried} moments warped into the recording's own pictures and measured again {found} were flagged; "
            f"the table predicts {expected:.0f}."
        )


@dataclass(frozen=True)
class Selftest:
    """A self-test of a case. ``setting`` says in words what counted as flagged."""

    setting: str
    seed: int
    persons: tuple[PersonSelftest, ...]

    def lines(self) -> list[str]:
        """Return the result as lines of text: a table and two sentences a person."""
        told = [f"Flagged means: {self.setting}."]
        for person in self.persons:
            told += ["", f"{person.name}: {person.sentence}"]
            cells = person.by_size()
            lengths = sorted({cell.duration_s for cell in cells})
            if cells:
                told.append("       " + "".join(f"{f'{length:g} s':>18}" for length in lengths))
            for magnitude in sorted({cell.magnitude for cell in cells}, reverse=True):
                row = [_told(cell) for cell in cells if cell.magnitude == magnitude]
                told.append(f"{f'{magnitude:g} σ':<7}" + "".join(f"{each:>18}" for each in row))
            told += [person.picture_sentence] if person.picture_sentence else []
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, with intervals and sentences."""
        return {
            "schema": SCHEMA,
            "setting": self.setting,
            "seed": self.seed,
            "persons": [
                {
                    "person": each.person,
                    "name": each.name,
                    "remark": each.remark,
                    "sentence": each.sentence,
                    "picture_sentence": each.picture_sentence,
                    "cells": [asdict(cell) for cell in each.cells],
                    "recall": [
                        {
                            "magnitude": cell.magnitude,
                            "duration_s": cell.duration_s,
                            "planted": cell.planted,
                            "flagged": cell.flagged,
                            "recall": round(cell.recall, 4),
                            "interval": [round(edge, 4) for edge in cell.interval],
                        }
                        for cell in each.by_size()
                    ],
                }
                for each in self.persons
            ],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Selftest:
        """Read :meth:`to_dict`'s values."""
        return cls(
            values["setting"],
            values["seed"],
            tuple(
                PersonSelftest(
                    each["person"],
                    each["name"],
                    tuple(Cell(**cell) for cell in each["cells"]),
                    each["remark"],
                )
                for each in values["persons"]
            ),
        )


def _told(cell: Cell) -> str:
    low, high = cell.interval
    return f"{cell.recall * 100:.0f} % ({low * 100:.0f}–{high * 100:.0f})"


def _sum(cells: Iterable[Cell]) -> Cell:
    """Return cells of one size as one, of any kind."""
    together = list(cells)
    first = together[0]
    return Cell(
        "",
        first.magnitude,
        first.duration_s,
        sum(cell.planted for cell in together),
        sum(cell.flagged for cell in together),
        sum(cell.in_pictures for cell in together),
        sum(cell.flagged_in_pictures for cell in together),
    )
