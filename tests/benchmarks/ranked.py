"""The ranked moments of one recording on the fast or on the plain path, without what ranks nothing.

Run as ``python -m tests.benchmarks.ranked RECORDING OUTPUT.json [plain]``. On the plain path every frame is searched
by the detector, and no network computes in bfloat16.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

#: The stages that decide which moments are listed.
RANKS = 4


def main() -> None:
    """Write the events as JSON."""
    recording, output = Path(sys.argv[1]), Path(sys.argv[2])
    from fead_desktop.models.device import prepare_process

    prepare_process()
    if "plain" in sys.argv[3:]:
        _be_plain()
    from fead_desktop.case.parameters import AnalysisParameters
    from fead_desktop.case.store import Case
    from fead_desktop.pipeline.event_stage import raw_events
    from fead_desktop.pipeline.protocol import AnalysisRequest
    from fead_desktop.pipeline.run import Run
    from fead_desktop.pipeline.runner import run_stages
    from fead_desktop.pipeline.stages import STAGES
    from fead_desktop.progress import NoProgress
    from fead_desktop.video.frame_index import build_frame_index

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.fead"
        with Case.create(path) as case:
            request = AnalysisRequest(recording, path, AnalysisParameters())
            run = Run(request, case, build_frame_index(recording), "", NoProgress())
            try:
                run_stages(run, STAGES[:RANKS])
                events = [asdict(event) for event in raw_events(run)]
                faces = len(run.features())
            finally:
                run.close()
    output.write_text(json.dumps({"faces": faces, "events": events}), encoding="utf-8")


def _be_plain() -> None:
    from fead_desktop.faces import following
    from fead_desktop.features import embedding

    following.SEARCH_EVERY = 1
    embedding.has_native_bfloat16 = lambda: False


if __name__ == "__main__":
    main()
