"""How far results lie apart between the fast path and the plain one, and between numbers of threads."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from fead_desktop.case.case import FUSION
from fead_desktop.case.store import Case
from fead_desktop.pipeline.reproduce import PEAK_S, Reproduction, compare
from tests.benchmarks.table import BUILD, Figure
from tests.helpers.analyses import analyse, fead
from tests.helpers.data import data_dir, data_file

#: Analysed with one thread too.
RECORDINGS = ("WolfgangLanger_Pexels.mp4", "liveportrait_d9.mp4", "synth_split2.mp4")

#: Views of which the differences are printed: those that rank.
_SHOWN = (FUSION, "expression", "emotions")

#: What decides which moments are listed.
_ROOMS = ("models", "video", "faces", "features", "persons", "anomalies", "pipeline")


def run() -> list[Figure]:
    """Compare the moments of both paths on every shared recording and the demo, then one thread with two."""
    with tempfile.TemporaryDirectory() as name:
        return [*plain_path(Path(name)), *one_thread(Path(name))]


def plain_path(folder: Path) -> list[Figure]:
    """Return the share of moments that are listed on both paths; what differs is in the note."""
    demo = folder / "demo.mp4"
    made = fead("demo", "-o", demo)
    if made.code:
        raise RuntimeError(made.stderr)
    videos = [p for p in (data_dir() / "video").iterdir() if p.suffix in {".mp4", ".mov", ".gif"}]
    shared = listed = 0
    differ = []
    for recording in [*sorted(videos), demo]:
        fast, plain = (ranked(recording, path)["events"] for path in ("fast", "plain"))
        only_fast, only_plain = without_shared(fast, plain)
        shared += len(fast) - len(only_fast)
        listed += max(len(fast), len(plain))
        lonely = [("fast", event) for event in only_fast] + [("plain", e) for e in only_plain]
        differ += [
            f"{recording.stem} #{event['event']} at {event['peak_s']:.1f} s on the {path} path only"
            for path, event in lonely
        ]
    return [
        Figure(
            "reproduction.plain_path_shared", shared / max(listed, 1), "", shared, listed,
            f"{len(videos) + 1} recordings, peaks within {PEAK_S} s; " + ("; ".join(differ) or "none differs"),
        )
    ]  # fmt: skip


def without_shared(fast: list[Any], plain: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the moments of each side that the other does not list: same person, peak near by."""
    only_fast, left = [], list(plain)
    for event in fast:
        near = [
            other
            for other in left
            if other["person"] == event["person"]
            and abs(other["peak_s"] - event["peak_s"]) <= PEAK_S
        ]
        if near:
            left.remove(min(near, key=lambda other: abs(other["peak_s"] - event["peak_s"])))
        else:
            only_fast.append(event)
    return only_fast, left


def ranked(recording: Path, path: str) -> Any:
    """Return what :mod:`tests.benchmarks.ranked` wrote; kept in the build folder as long as the code stays as it is."""
    digest = hashlib.sha256(recording.read_bytes())
    for source in sources():
        digest.update(source.read_bytes())
    kept = BUILD / "ranked" / f"{recording.stem}-{path}-{digest.hexdigest()[:16]}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.benchmarks.ranked", str(recording), str(kept), path]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads(kept.read_text(encoding="utf-8"))


def sources() -> list[Path]:
    """Return the files whose change may change a ranking."""
    package = Path(__file__).parents[2] / "fead_desktop"
    return sorted(file for room in _ROOMS for file in (package / room).rglob("*.py"))


def one_thread(folder: Path) -> list[Figure]:
    """Analyse some recordings wholly, with all threads and with one."""
    figures = []
    for file in RECORDINGS:
        recording, output = data_file(f"video/{file}"), folder / Path(file).stem
        analyse(recording, output)
        os.environ["FEAD_THREADS"] = "1"
        try:
            analyse(recording, output / "one")
        finally:
            del os.environ["FEAD_THREADS"]
        fast, one = next(output.glob("*.fead")), next((output / "one").glob("*.fead"))
        with Case.open(fast) as old, Case.open(one) as new:
            figures += _figures(f"{Path(file).stem}, one thread", compare(fast, old, new))
    return figures


def _figures(name: str, result: Reproduction) -> list[Figure]:
    ranking = result.differences[0]
    most = max(result.events_recorded, result.events_again, 1)
    return [
        Figure(
            f"reproduction.{name}.events_shared", result.events_shared / most, "",
            note=f"of {most}; " + "; ".join(str(d) for d in result.differences if d.view in _SHOWN),
        ),
        Figure(f"reproduction.{name}.ranking_median", ranking.median, "σ", note=f"within tolerance: {result.ok}"),
    ]  # fmt: skip
