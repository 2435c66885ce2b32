"""Planted moments of the demo recording found among the ten events, over three seeds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks.table import Figure
from tests.helpers.demos import analyse_demo

SEEDS = (1, 2, 3)


def run() -> list[Figure]:
    """Make, analyse and compare."""
    notes, found, total = [], 0, 0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            verdicts = analyse_demo(Path(folder), seed)
        hits = sum(verdict.found for verdict in verdicts)
        found, total = found + hits, total + len(verdicts)
        missed = [verdict.kind for verdict in verdicts if not verdict.found]
        notes.append(
            f"seed {seed}: {hits} of {len(verdicts)}"
            + (f" (missed {', '.join(missed)})" if missed else "")
        )
    return [Figure("detection.planted_demo_found", found, f"of {total}", note="; ".join(notes))]
