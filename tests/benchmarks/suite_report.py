"""What the planted suite found, as figures, a table and the losers with what outranked them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from fead_desktop.anomalies.scoring import FUSION
from tests.benchmarks.grid import ENOUGH, is_near_best
from tests.benchmarks.judging import FALSE_ALARMS
from tests.benchmarks.table import BUILD, Figure

PLAIN, ANCESTOR = "expression/robust", "ancestor/all"
_TITLES = {FUSION: "ranking (default)", PLAIN: "plain z-score"}

Found = Mapping[str, Any]
Wanted = Callable[[Mapping[str, Any]], bool]


def tell(found: Sequence[Found]) -> list[Figure]:
    """Write table and details beside the other results, print the table and return the figures."""
    BUILD.mkdir(exist_ok=True)
    (BUILD / "suite.json").write_text(json.dumps(found, indent=1))
    text = "\n".join([*_table(found), "", *_losers(found)])
    (BUILD / "suite.txt").write_text(text + "\n", encoding="utf-8")
    print(text)
    real = [each for each in found if not each["is_demo"]]
    return [
        _recall("detection.recall_strong", found, lambda t: t["magnitude"] == 8),
        _recall(
            "detection.recall_medium",
            found,
            lambda t: t["magnitude"] == 5 and t["duration_s"] >= 0.5,
        ),
        _recall("detection.recall_6_sigma", found, lambda t: t["magnitude"] == 6),
        _recall("detection.recall_3_sigma", found, lambda t: t["magnitude"] == 3),
        *_over_ancestor(found),
        _ratio("detection.ap_over_robust_z", real, PLAIN),
        _listed(found),
        _flagged(found),
        _null(found),
        _grid(found),
    ]


def _recall(key: str, found: Sequence[Found], wanted: Wanted) -> Figure:
    """Pool the moments of all persons, each person with a threshold of their own."""
    hits = _hits(found, FUSION, wanted)
    parts = {
        "in pictures": lambda t: wanted(t) and t["in_pictures"],
        "held 0.4 s or longer": lambda t: wanted(t) and t["duration_s"] >= 1,
        "clips": None,
    }
    notes = []
    for name, part in parts.items():
        some = (
            _hits([each for each in found if not each["is_demo"]], FUSION, wanted)
            if part is None
            else _hits(found, FUSION, part)
        )
        notes.append(f"{name} {sum(some)} of {len(some)}")
    lengths = sorted({t["duration_s"] for each in found for t in each["truths"] if wanted(t)})
    for length in lengths:
        some = _hits(found, FUSION, lambda t, s=length: wanted(t) and t["duration_s"] == s)
        notes.append(f"{length:g} s {sum(some)} of {len(some)}")
    for lane in (PLAIN, ANCESTOR):
        some = _hits(found, lane, wanted)
        notes.append(f"{_title(lane)} {_mean(some):.2f}")
    return Figure(
        key,
        _mean(hits),
        "recall",
        ours=sum(hits),
        reference=len(hits),
        note=f"at most {FALSE_ALARMS:g} false alarms a minute and person; " + "; ".join(notes),
    )


def _hits(found: Iterable[Found], lane: str, wanted: Wanted) -> list[bool]:
    return [
        hit
        for each in found
        if lane in each["lanes"]
        for truth, hit in zip(each["truths"], each["lanes"][lane]["found"], strict=True)
        if wanted(truth)
    ]


def _ratio(key: str, found: Sequence[Found], other: str) -> Figure:
    """Divide means over recordings of the average precision over events; frames in the note."""
    ours, theirs = _precision(found, FUSION, "events"), _precision(found, other, "events")
    frames = [_precision(found, lane, "frames") for lane in (FUSION, other)]
    return Figure(
        key,
        ours / max(theirs, 1e-9),
        "x",
        ours=ours,
        reference=theirs,
        note=f"average precision over events, mean of {len(_names(found))} recordings, beside {_title(other)}; "
        f"over frames {frames[0]:.3f} and {frames[1]:.3f}",
    )


def _over_ancestor(found: Sequence[Found]) -> list[Figure]:
    """Compare with the view on which the ancestor does best, and with the one it ranks by."""
    views = {lane for each in found for lane in each["lanes"] if lane.startswith("ancestor/")}
    best = max(sorted(views), key=lambda lane: _precision(found, lane, "events"))
    return [
        _ratio("detection.ap_over_seed", found, best),
        _ratio("detection.ap_over_seed_all", found, ANCESTOR),
    ]


def _precision(found: Sequence[Found], lane: str, of: str) -> float:
    return float(np.mean([_of_recording(found, name, lane, of) for name in _names(found)]))


def _of_recording(found: Sequence[Found], name: str, lane: str, of: str) -> float:
    values = [
        each["lanes"][lane][of]
        for each in found
        if each["recording"] == name and lane in each["lanes"]
    ]
    return float(np.mean(values)) if values else float("nan")


def _names(found: Sequence[Found]) -> list[str]:
    return list(dict.fromkeys(each["recording"] for each in found))


def _listed(found: Sequence[Found]) -> Figure:
    """Planted moments among the ten that are listed first, and before the first false alarm."""
    planted = sum(len(each["truths"]) for each in found)
    ours = sum(len(each["top"]["right"]) for each in found)
    theirs = sum(len(each["ancestor"]["all"]["top"]["right"]) for each in found)
    first = [sum(each["lanes"][lane]["first"] for each in found) for lane in (FUSION, ANCESTOR)]
    return Figure(
        "detection.suite_in_top10",
        ours,
        f"of {planted}",
        ours=ours,
        reference=theirs,
        note=f"ten a person; before the first false alarm {first[0]}, the ancestor {first[1]}",
    )


def _flagged(found: Sequence[Found]) -> Figure:
    """What the program's own calibration flags at 0.5, beside the ancestor's mean + 4 sigma."""
    minutes = sum(each["minutes"] for each in found)
    planted = sum(len(each["truths"]) for each in found)
    strong = [
        number in each["flagged"]["right"]
        for each in found
        for number, truth in enumerate(each["truths"])
        if truth["magnitude"] == 8
    ]
    right, wrong = (
        [len(each["flagged"]["right"]) for each in found],
        [each["flagged"]["wrong"] for each in found],
    )
    theirs = [each["ancestor"]["all"]["flags"] for each in found]
    return Figure(
        "detection.suite_flagged",
        sum(right) / planted,
        "recall",
        ours=sum(wrong) / minutes,
        reference=sum(each["wrong"] for each in theirs) / minutes,
        note=f"flagged at {FALSE_ALARMS:g} expected false alarms a minute, no truth known: {sum(right)} of {planted}, "
        f"8 σ {_mean(strong):.2f}; the ancestor's mean + 4 sigma {sum(len(e['right']) for e in theirs)}; "
        "ours, reference = flags a minute outside of moments",
    )


def _null(found: Sequence[Found]) -> Figure:
    minutes = sum(each["null"]["minutes"] for each in found)
    lanes = sorted({lane for each in found for lane in each["null"]["flags"]})
    rate = {
        lane: sum(each["null"]["flags"].get(lane, 0) for each in found) / minutes for lane in lanes
    }
    others = ", ".join(f"{lane} {rate[lane]:.2f}" for lane in lanes if lane != FUSION)
    return Figure(
        "detection.suite_null_flags",
        rate[FUSION],
        "/min",
        ours=rate[FUSION],
        reference=FALSE_ALARMS,
        note=f"{minutes:.0f} min without planted moments, at {FALSE_ALARMS:g} expected; {others}",
    )


def _grid(found: Sequence[Found]) -> Figure:
    """Share of persons and detectors whose picked parameters are within a tenth of the best in the grid."""
    near: dict[str, list[bool]] = {}
    for each in found:
        for detector, searched in each["grid"].items():
            near.setdefault(detector, []).append(is_near_best(searched))
    every = [hit for hits in near.values() for hit in hits]
    note = ", ".join(f"{detector} {sum(hits)} of {len(hits)}" for detector, hits in near.items())
    return Figure(
        "detection.grid_within_tenth",
        float(np.mean(every)),
        f"of {len(every)}",
        note=f"average precision over frames of the picked parameters at least {ENOUGH:g} of the best: {note}",
    )


def _table(found: Sequence[Found]) -> list[str]:
    """Average precision over events of each recording and lane, best lane first."""
    names = _names(found)
    lanes = sorted(
        {lane for each in found for lane in each["lanes"]},
        key=lambda lane: -_mean(_of_recording(found, name, lane, "events") for name in names),
    )
    minutes = sum(each["null"]["minutes"] for each in found)
    short = [name.replace(" ", "_")[:11] for name in names]
    lines = [
        (
            f"Average precision over events; {len(names)} recordings, {len(found)} persons, "
            f"{sum(len(each['truths']) for each in found)} moments."
        ),
        f"{'':<26} {'events':>6} {'frames':>6} {'recall':>6} {'null/m':>6} "
        + " ".join(f"{name:>11}" for name in short),
    ]
    for lane in lanes:
        cells = [_of_recording(found, name, lane, "events") for name in names]
        frames = _mean(_of_recording(found, name, lane, "frames") for name in names)
        recall = _mean(_hits(found, lane, lambda _t: True))
        flags = [each["null"]["flags"][lane] for each in found if lane in each["null"]["flags"]]
        rate = f"{sum(flags) / minutes:6.2f}" if flags else f"{'':>6}"
        lines.append(
            f"{_title(lane):<26} {_mean(cells):6.3f} {frames:6.3f} {recall:6.2f} {rate} "
            + " ".join(f"{cell:11.2f}" for cell in cells)
        )
    return lines


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else 0.0


def _title(lane: str) -> str:
    return _TITLES.get(lane, lane)


def _losers(found: Sequence[Found]) -> list[str]:
    """The moments of 5 sigma or more that the ranking missed, under what outranks them."""
    lines = ["Missed moments of 5 σ and more, 0.5 s or longer, and what scores higher by itself:"]
    for each in found:
        missed = [
            text
            for text in each["losers"]["missed"]
            if any(f" {size} σ" in text.split(":")[0] for size in (5, 6, 8))
            and " 0.3 s at" not in text
        ]
        if missed:
            lines.append(f"{each['recording']}, person {each['person']} ({each['about']})")
            lines += [f"  missed   {text}" for text in missed]
            lines += [f"  natural  {text}" for text in each["losers"]["natural"]]
    return lines
