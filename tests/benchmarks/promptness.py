"""How soon an analysis tells its first moments, and how right the remaining time is that it tells.

Run as ``python -m tests.benchmarks.promptness [SECONDS]`` for recordings of other lengths.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.errors import CancelledError
from fead_desktop.pipeline.protocol import AnalysisProgress, AnalysisRequest, FoundSoFar
from fead_desktop.pipeline.supervisor import ReadyWorker, supervise
from tests.benchmarks.table import Figure, write
from tests.benchmarks.throughput import CLIP
from tests.helpers.data import data_file
from tests.helpers.joined import join_copies

SHORT_S, MIDDLE_S, LONG_S = 19.0, 300.0, 4 * 3600.0

#: The remaining time is right if it is off by less than this, however little is left.
LEAST_S = 1.0
ENOUGH = 0.2

#: A recording is looked at for so long before its analysis is asked for.
_OPEN_FOR_S = 8.0


def run(middle_s: float = MIDDLE_S, long_s: float = LONG_S) -> list[Figure]:
    """Watch whole analyses of two lengths, and the beginning of a long one.

    Each begins by a process of its own, and once more by a worker that stands ready, as the window has one.
    """
    with tempfile.TemporaryDirectory() as name:
        figures = []
        for seconds, whole in ((SHORT_S, True), (middle_s, True), (long_s, False)):
            recording = join_copies(data_file(CLIP), Path(name) / f"{seconds:.0f}.mp4", seconds)
            cases = [Path(name) / f"{seconds:.0f} {k}.fead" for k in range(2)]
            watched = watch(supervise, recording, cases[0], whole=whole)
            ready = ReadyWorker()
            ready.prepare()
            time.sleep(_OPEN_FOR_S)
            prepared = watch(ready.supervise, recording, cases[1], whole=False)
            figures.append(
                Figure(
                    f"progress.first_events_{seconds:.0f}s", prepared.first_s, "s",
                    note=f"request to the first provisional moments, by a worker that stands ready for "
                    f"{_OPEN_FOR_S:g} s as the window's does; {watched.first_s:.2f} s with the start of its process",
                )
            )  # fmt: skip
            if whole:
                wrong = watched.wrong()
                off, at = max(wrong)
                good = sum(share <= ENOUGH for share, _ in wrong)
                figures.append(
                    Figure(
                        f"progress.remaining_off_{seconds:.0f}s", off, "",
                        note=f"worst after the first tenth of {watched.took_s:.1f} s, {at}; "
                        f"within {ENOUGH:g} in {good} of {len(wrong)} reports; {LEAST_S:g} s is nothing",
                    )
                )  # fmt: skip
        return figures


@dataclass
class Watched:
    """What an analysis told: (seconds since its start, stage, remaining seconds)."""

    told: list[tuple[float, str, float | None]] = field(default_factory=list)
    first_s: float = float("nan")
    took_s: float = 0.0

    def wrong(self) -> list[tuple[float, str]]:
        """Return by what share the remaining time was off in each report after the first tenth, and when."""
        found = []
        for at_s, stage, said_s in self.told:
            left_s = self.took_s - at_s
            if at_s > 0.1 * self.took_s and said_s is not None:
                off_s = abs(said_s - left_s)
                share = off_s / left_s if off_s > LEAST_S else 0.0
                found.append((share, f"after {at_s:.1f} s ({stage})"))
        return found


def watch(analyse: Callable[..., object], recording: Path, case: Path, *, whole: bool) -> Watched:
    """Analyse to the end, or to the first moments."""
    watched, began = Watched(), time.perf_counter()

    def take(progress: AnalysisProgress) -> None:
        now_s = time.perf_counter() - began
        watched.told.append((now_s, progress.stage, progress.remaining_s))
        so_far = progress.so_far if isinstance(progress, FoundSoFar) else None
        if so_far is not None and so_far.events and watched.first_s != watched.first_s:
            watched.first_s = now_s

    def is_enough() -> bool:
        return not whole and watched.first_s == watched.first_s

    request = AnalysisRequest(recording, case, AnalysisParameters(), provisional=True)
    with contextlib.suppress(CancelledError):
        analyse(request, take, is_enough)
    watched.took_s = time.perf_counter() - began
    return watched


if __name__ == "__main__":
    lengths = [float(value) for value in sys.argv[1:]]
    write(run(*lengths))
