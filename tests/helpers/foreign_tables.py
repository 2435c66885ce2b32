"""Files as OpenFace, py-feat and LibreFace write them, with values that tests know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

OPENFACE_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)


def intensities(frames: int, seed: int = 0) -> dict[int, Values]:
    """Return plausible intensities of action units: most near nothing, AU12 and AU25 moving."""
    rng = np.random.default_rng(seed)
    made = {unit: np.clip(0.05 * rng.standard_normal(frames), 0, 5) for unit in OPENFACE_UNITS}
    for unit in (12, 25):
        made[unit] = np.clip(1 + 0.4 * rng.standard_normal(frames), 0, 5)
    return made


def write_openface(
    path: Path, numbers: Sequence[int], units: Mapping[int, Values], *, fps: float = 24.0
) -> Path:
    """Write ``FeatureExtraction -pose -aus -2Dfp``: a blank behind each comma, frames from 1."""
    header = ["frame", "face_id", "timestamp", "confidence", "success", "gaze_0_x", "pose_Rx"]
    header += [f"{axis}_{point}" for axis in "xyXYZ" for point in range(68)]
    header += [f"AU{unit:02d}_r" for unit in units] + [f"AU{unit:02d}_c" for unit in units]
    lines = [", ".join(header)]
    for row, number in enumerate(numbers):
        cells = [number + 1, 0, round(number / fps, 3), 0.98, 1, 0.1, 0.02]
        cells += [0] * (5 * 68)
        cells += [round(float(v[row]), 2) for v in units.values()]
        cells += [int(v[row] > 1) for v in units.values()]
        lines.append(", ".join(map(str, cells)))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_libreface(path: Path, times_ms: Sequence[float], units: Mapping[int, Values]) -> Path:
    """Write LibreFace's video results: pandas' own numbers first, paths, a word for the expression."""
    header = ["", "frame_idx", "frame_time_in_ms", "path_to_frame", "facial_expression"]
    header += [f"au_{unit}" for unit in units] + [f"au_{unit}_intensity" for unit in units]
    lines = [",".join(header)]
    for row, time_ms in enumerate(times_ms):
        cells = [str(row), str(row), f"{time_ms:.3f}", f"./tmp/{row:010d}.png", "Neutral"]
        cells += [str(int(v[row] > 1)) for v in units.values()]
        cells += [f"{v[row]:.4f}" for v in units.values()]
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_pyfeat(
    path: Path, faces: Sequence[tuple[int, tuple[float, float, float, float], float]]
) -> Path:
    """Write py-feat's results of (frame, box, AU12) of each face; a box of NaN = no face was found."""
    header = ["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore", "Pitch"]
    header += ["AU01", "AU12", "anger", "happiness", "input", "frame", "approx_time"]
    lines = [",".join(header)]
    for frame, box, smile in faces:
        cells: list[object] = ["" if np.isnan(each) else each for each in box]
        cells += [
            "" if np.isnan(box[0]) else 0.99,
            1.5,
            0.1,
            smile,
            0.01,
            smile,
            '"a, b.mp4"',
        ]
        lines.append(",".join(map(str, [*cells, frame, "00:00"])))
    path.write_text("\n".join(lines) + "\n")
    return path
