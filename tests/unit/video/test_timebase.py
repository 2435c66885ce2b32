"""Timecodes and times."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fead_desktop.errors import UsageError
from fead_desktop.video.timebase import format_timecode, parse_timecode, source_timecode


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0, "00:00:00.000"),
        (83.4, "00:01:23.400"),
        (59.9996, "00:01:00.000"),
        (3599.9994, "00:59:59.999"),
        (360_000.001, "100:00:00.001"),
        (-1.5, "-00:00:01.500"),
    ],
)
def test_a_timecode_is_rounded_to_milliseconds(time_s, text):
    assert format_timecode(time_s) == text


@pytest.mark.parametrize(
    ("text", "time_s"),
    [
        ("1:2:3.5", 3723.5),
        ("02:03", 123.0),
        ("75.25", 75.25),
        (" 7 ", 7.0),
        (".5", 0.5),
        ("00:90.", None),
    ],
)
def test_hours_and_minutes_may_be_left_out(text, time_s):
    if time_s is None:
        with pytest.raises(UsageError):
            parse_timecode(text)
    else:
        assert parse_timecode(text) == pytest.approx(time_s)


@pytest.mark.parametrize(
    "text", ["", "abc", "1:2:3:4", "-5", "1:60", "1:60:00", "nan", "inf", "1:2.5:3", "٣"]
)
def test_what_is_no_timecode_is_refused_in_one_sentence(text):
    with pytest.raises(UsageError, match="timecode"):
        parse_timecode(text)


@given(st.integers(0, 400_000_000))
def test_a_timecode_comes_back_from_its_text(milliseconds):
    assert parse_timecode(format_timecode(milliseconds / 1000)) == pytest.approx(
        milliseconds / 1000, abs=1e-9
    )


@given(st.floats(0, 400_000))
def test_writing_a_timecode_loses_at_most_half_a_millisecond(time_s):
    assert abs(parse_timecode(format_timecode(time_s)) - time_s) <= 0.0005 + 1e-9


NTSC = Fraction(30_000, 1001)


@pytest.mark.parametrize(
    ("start", "rate", "frame", "shown"),
    [
        ("01:00:00:00", Fraction(25), 1, "01:00:00:01"),
        ("01:00:00:00", Fraction(25), 25 * 3600, "02:00:00:00"),
        ("00:00:00:00", NTSC, 1800, "00:01:00:00"),
        ("00:00:00;00", NTSC, 1799, "00:00:59;29"),
        ("00:00:00;00", NTSC, 1800, "00:01:00;02"),
        ("00:00:00;00", NTSC, 17_982, "00:10:00;00"),
        ("00:00:00;00", NTSC, 107_892, "01:00:00;00"),
        ("00:00:00;00", Fraction(60_000, 1001), 3600, "00:01:00;04"),
        ("23:59:59:24", Fraction(25), 1, "00:00:00:00"),
        ("10:00:00;00", Fraction(25), 25, "10:00:01:00"),
    ],
)
def test_the_sources_clock(start, rate, frame, shown):
    clock = source_timecode(start, rate)
    assert clock.format(float(frame / rate)) == shown


def test_a_time_of_the_sources_clock_finds_its_frame():
    clock = source_timecode("00:58:59;20", NTSC)
    for frame in range(0, 40_000, 7):
        seconds = clock.seconds_of(clock.format(float(frame / NTSC)))
        assert round(seconds * NTSC) == frame


def test_drop_frame_stays_beside_real_time_for_a_day():
    clock = source_timecode("00:00:00;00", NTSC)
    for frame in range(0, 2_589_408, 9973):
        hours, minutes, rest = clock.format(float(frame / NTSC)).split(":")
        seconds, frames = rest.split(";")
        told_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frames) / 30
        # Up to two frames between the tenth minutes, and the 86 ms a day that drop-frame leaves.
        assert abs(told_s - frame / NTSC) < 0.16


@pytest.mark.parametrize("text", ["", "1:2:3", "00:01:00;01", "00:00:61:00", "00:00:00:30", "x"])
def test_what_no_clock_shows_is_none(text):
    assert source_timecode(text, NTSC) is None
    assert source_timecode("01:00:00:00", Fraction(0)) is None
