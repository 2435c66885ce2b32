"""The demo recording: the same pixels for the same seed, a truthful truth, a face that moves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import CancelledError, OutputError, UsageError
from fead_desktop.features.measures import MEASURE_NAMES
from fead_desktop.planting.demo import demo_photograph, make_demo
from fead_desktop.planting.expressions import PLANTED_EXPRESSIONS

SIZE = (320, 240)


def frames_of(path: Path) -> np.ndarray:
    import av

    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.fixture(scope="module")
def short_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds with one planted moment."""
    return make_demo(tmp_path_factory.mktemp("demo") / "short.mp4", seed=2, duration_s=8.0)


@pytest.fixture(scope="module")
def truth(short_demo: Path) -> dict:
    return json.loads(short_demo.with_name("short.truth.json").read_text(encoding="utf-8"))


def test_the_photograph_comes_with_scikit_image_and_needs_no_download() -> None:
    import skimage

    assert (Path(skimage.__file__).parent / "data" / "astronaut.png").is_file()


def test_the_photograph_is_shown_at_the_size_asked_for() -> None:
    picture, box = demo_photograph((640, 480))

    assert picture.shape == (480, 640, 3)
    assert 0 < box.x < box.x + box.width < 640
    assert 0 < box.y < box.y + box.height < 480


@pytest.mark.parametrize("size", [(641, 480), (2000, 480), (0, 0)])
def test_a_size_that_cannot_be_made_is_refused_in_words(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="can't be"):
        demo_photograph(size)


def test_it_has_the_frames_rate_size_and_sound_asked_for(short_demo: Path) -> None:
    import av

    with av.open(str(short_demo)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (640, 480)
        assert float(video.average_rate) == 30
        assert sum(1 for _ in container.decode(video)) == 240
        assert sound.codec_context.sample_rate == 22_050


def test_the_truth_has_its_schema(truth: dict) -> None:
    known = {variant.kind for variants in PLANTED_EXPRESSIONS for variant in variants}

    assert set(truth) == {"schema", "seed", "rate_fps", "persons", "events"}
    assert (truth["schema"], truth["seed"], truth["rate_fps"]) == (1, 2, 30.0)
    assert truth["persons"] == [{"person": 1, "name": "demo"}]
    assert len(truth["events"]) == 1
    for event in truth["events"]:
        assert event["kind"] in known
        assert event["measure"] in event["measures"]
        assert set(event["measures"]) <= set(MEASURE_NAMES)
        assert 2.0 <= event["start_s"] < event["peak_s"] < event["end_s"] <= 6.0


def test_the_planted_measure_responds_in_the_finished_recording(
    short_demo: Path, truth: dict
) -> None:
    """Measured anew from the decoded file, with the real mesh: five robust sigma, and only there."""
    from fead_desktop.faces.landmarks import FaceMesh
    from fead_desktop.features import expression

    pictures = frames_of(short_demo)[::3]
    time_s = np.arange(len(pictures)) / 10
    _, box = demo_photograph()
    mesh = FaceMesh()
    found = [mesh.landmarks(np.ascontiguousarray(picture), box) for picture in pictures]
    mesh.close()
    assert all(landmarks is not None for landmarks in found)
    values = expression.close_blinks(time_s, expression.measure_expression(np.stack(found)))
    sigma = expression.deviations(values, expression.baseline(values))
    (event,) = truth["events"]
    course = sigma[:, MEASURE_NAMES.index(event["measure"])]
    inside = (time_s >= event["start_s"]) & (time_s <= event["end_s"])
    outside = (time_s < event["start_s"] - 0.2) | (time_s > event["end_s"] + 0.2)

    assert course[inside].max() >= 5
    assert course[inside].max() == pytest.approx(event["strength"], rel=0.25)
    assert course[outside].max() < 0.75 * course[inside].max()


def test_the_same_seed_gives_the_same_pixels_and_truth(tmp_path: Path) -> None:
    paths = [
        make_demo(tmp_path / f"{name}.mp4", seed=seed, duration_s=1.0, rate_fps=10, size=SIZE)
        for name, seed in (("one", 3), ("two", 3), ("other", 4))
    ]
    one, two, other = (frames_of(path) for path in paths)

    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)
    first, second = (path.with_name(f"{path.stem}.truth.json").read_bytes() for path in paths[:2])
    assert first == second


def test_a_folder_that_does_not_exist_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        make_demo(tmp_path / "no" / "demo.mp4", duration_s=0.2, rate_fps=10, size=SIZE)


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    class Cancelling:
        def __init__(self) -> None:
            self.stages: list[str] = []

        def report(self, stage: str, done: float, total: float, message: str = "") -> None:
            self.stages.append(stage)

        def raise_if_cancelled(self) -> None:
            if "making the demo" in self.stages:
                raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        make_demo(
            tmp_path / "demo.mp4", duration_s=2.0, rate_fps=10, size=SIZE, progress=Cancelling()
        )

    assert list(tmp_path.iterdir()) == []
