"""How far results lie apart between the fast path and the plain one, and between numbers of threads."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from fead_desktop.case.case import FUSION
from fead_desktop.case.store import Case
from fead_desktop.pipeline.reproduce import Reproduction, compare
from tests.benchmarks.table import Figure
from tests.helpers.analyses import analyse
from tests.helpers.data import data_file

RECORDINGS = ("WolfgangLanger_Pexels.mp4", "liveportrait_d9.mp4", "synth_split2.mp4")

#: Views of which the differences are printed: those that rank.
_SHOWN = (FUSION, "expression", "emotions")

#: Every frame is searched by the detector, and no network computes in bfloat16.
_PLAIN = """
import sys
from pathlib import Path
from fead_desktop.models import device
device.prepare_process()
from fead_desktop.faces import following
from fead_desktop.features import embedding
from fead_desktop.case.parameters import AnalysisParameters
from fead_desktop.pipeline.protocol import AnalysisRequest
from fead_desktop.pipeline.runner import analyze
following.SEARCH_EVERY = 1
embedding.has_native_bfloat16 = lambda: False
if __name__ == "__main__":
    request = AnalysisRequest(Path(sys.argv[1]), Path(sys.argv[2]), AnalysisParameters())
    analyze(request, lambda progress: None, lambda: False)
"""


def run() -> list[Figure]:
    """Analyse each recording on the fast path, the plain path, and the fast path with one thread."""
    figures = []
    with tempfile.TemporaryDirectory() as name:
        for file in RECORDINGS:
            recording, folder = data_file(f"video/{file}"), Path(name) / Path(file).stem
            analyse(recording, folder)
            fast = next(folder.glob("*.fead"))
            plain = folder / "plain.fead"
            script = folder / "plain.py"
            script.write_text(_PLAIN, encoding="utf-8")
            subprocess.run(
                [sys.executable, str(script), str(recording), str(plain)],
                check=True,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.environ["FEAD_THREADS"] = "1"
            try:
                analyse(recording, folder / "one")
            finally:
                del os.environ["FEAD_THREADS"]
            one = next((folder / "one").glob("*.fead"))
            for path, other in (("plain path", plain), ("one thread", one)):
                with Case.open(fast) as old, Case.open(other) as new:
                    figures += _figures(f"{Path(file).stem}, {path}", compare(fast, old, new))
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
