"""Compares the events of an analysed demo recording with what was planted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.helpers.analyses import analyse, fead

#: A peak may lie this far outside of the planted interval.
TOLERANCE_S = 0.2


@dataclass(frozen=True)
class PlantedVerdict:
    """What became of a planted moment. ``rank`` is the event at its place, None where there is none."""

    kind: str
    rank: int | None
    main_reason: str
    named: bool

    @property
    def found(self) -> bool:
        """True if an event peaks there and its main reason is the planted measure."""
        return self.rank is not None and self.named


def analyse_demo(folder: Path, seed: int) -> list[PlantedVerdict]:
    """Make the demo recording of a seed, analyse it with the real models and judge the ten events."""
    recording = folder / f"demo{seed}.mp4"
    made = fead("demo", "-o", recording, "--seed", str(seed))
    assert made.code == 0, made.stderr
    summary = analyse(recording, folder / f"out{seed}")
    truth = json.loads(recording.with_suffix(".truth.json").read_text(encoding="utf-8"))
    return judge(truth["events"], summary["events"])


def judge(planted: list[dict[str, Any]], events: list[dict[str, Any]]) -> list[PlantedVerdict]:
    """Match each planted moment with the most unusual event that peaks in it."""
    return [_judge_one(moment, events) for moment in planted]


def _judge_one(moment: dict[str, Any], events: list[dict[str, Any]]) -> PlantedVerdict:
    for event in sorted(events, key=lambda event: event["event"]):
        early, late = moment["start_s"] - TOLERANCE_S, moment["end_s"] + TOLERANCE_S
        if early <= event["peak_s"] <= late:
            main = event["reasons"][0]["measure"] if event["reasons"] else ""
            return PlantedVerdict(moment["kind"], event["event"], main, main in moment["measures"])
    return PlantedVerdict(moment["kind"], None, "", False)
