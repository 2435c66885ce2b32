"""Our side of the stage from decoding to features, with the models loaded as on the reference's side.

Run as ``python -m tests.benchmarks.face_stage RECORDING``; prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.reference import WARM_UP_S


def main() -> None:
    """Time the stage on one recording."""
    from fead_desktop.models.device import prepare_process

    prepare_process()
    from fead_desktop.pipeline.face_stage import FaceStage

    recording = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        warm_up, run = (
            prepared(recording, Path(folder) / name, end_s)
            for name, end_s in (("short.fead", WARM_UP_S), ("whole.fead", None))
        )
        stage = FaceStage()
        stage.make(warm_up, 0)
        for model in ("finder", "embedder", "classifier"):
            run.__dict__[model] = getattr(warm_up, model)
        began = time.perf_counter()
        for number in stage.chunks(run):
            stage.make(run, number)
        seconds = time.perf_counter() - began
        for each in (warm_up, run):
            each.close()
            each.case.close()
        print(json.dumps({"frames": len(run.frame_numbers), "seconds": seconds}))


def prepared(recording: Path, case: Path, end_s: float | None):
    """Return a run of the first ``end_s`` seconds."""
    from fead_desktop.case.parameters import AnalysisParameters
    from fead_desktop.case.store import Case
    from fead_desktop.pipeline.protocol import AnalysisRequest
    from fead_desktop.pipeline.run import Run
    from fead_desktop.progress import NoProgress
    from fead_desktop.video.frame_index import build_frame_index

    request = AnalysisRequest(recording, case, AnalysisParameters(end_s=end_s))
    return Run(request, Case.create(case), build_frame_index(recording), "", NoProgress())


if __name__ == "__main__":
    main()
