"""The words of the program, one table for window, report and exports, and what it is not."""

from __future__ import annotations

#: Said wherever results leave the program.
IS_NOT = (
    "An apparent expression is not a felt emotion (Barrett et al. 2019, doi 10.1177/1529100619832930), and nothing "
    "here is evidence of intent, truthfulness or character. An event says that something differs from how this person "
    "otherwise looked in this recording, and no more."
)

#: Word and meaning, as the README's glossary has them.
TERMS: tuple[tuple[str, str], ...] = (
    ("recording, frame", "a video file; frame n of its index, from 0"),
    ("timecode", "h:m:s.ms of the frame's presentation time, relative to the first frame"),
    ("track", "faces of neighbouring analysed frames in one shot"),
    ("person, unassigned", "tracks that look alike; -1 where nobody could be told"),
    (
        "expression measure",
        "a distance on the mesh in units of the distance between the outer eye corners; L and R are the person's own",
    ),
    (
        "feature view",
        "columns that a detector looks at together: all, components, embedding, emotions, expression",
    ),
    ("anomaly score", "higher = more unusual for this person; not comparable between recordings"),
    ("event", "a stretch of frames with onset, peak and offset"),
    (
        "robust σ",
        "deviation from the person's median, in units of 1.4826 × the median absolute deviation",
    ),
    ("coverage", "which part of the recording could be analysed"),
    (
        "case",
        "one .fead file (SQLite) with everything known about one recording; the recording stays outside",
    ),
)
