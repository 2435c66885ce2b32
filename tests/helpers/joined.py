"""Joins copies of a recording to a long one, without encoding anything again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class _Packet:
    data: bytes
    pts: int
    dts: int
    duration: int
    is_keyframe: bool


def join_copies(source: Path, target: Path, seconds: float) -> Path:
    """Write so many whole copies of the picture of ``source``, one after another, that they last ``seconds``."""
    import av

    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        stream = given.streams.video[0]
        time_base = stream.time_base or Fraction(1, 90000)
        copied = out.add_stream_from_template(stream)
        packets = [
            _Packet(bytes(p), p.pts, p.dts, p.duration or 0, p.is_keyframe)
            for p in given.demux(stream)
            if p.pts is not None and p.dts is not None
        ]
        begin = min(packet.dts for packet in packets)
        length = max(p.pts + p.duration for p in packets) - min(p.pts for p in packets)
        for copy in range(max(1, math.ceil(seconds / float(length * time_base)))):
            shift = copy * length - begin
            for packet in packets:
                again = av.Packet(packet.data)
                again.stream, again.time_base = copied, time_base
                again.pts, again.dts = packet.pts + shift, packet.dts + shift
                again.duration, again.is_keyframe = packet.duration, packet.is_keyframe
                out.mux(again)
    return target
