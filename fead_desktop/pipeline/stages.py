"""STAGES in order: the table of contents of an analysis."""

from __future__ import annotations

from fead_desktop.pipeline.event_stage import EventStage, RefineStage
from fead_desktop.pipeline.face_stage import FaceStage
from fead_desktop.pipeline.person_stage import PersonStage
from fead_desktop.pipeline.run import Stage
from fead_desktop.pipeline.score_stage import (
    ComponentStage,
    NetworkStage,
    RankingStage,
    ScoreStage,
)

STAGES: tuple[Stage, ...] = (
    FaceStage(),
    PersonStage(),
    RankingStage(),
    EventStage(),
    NetworkStage(),
    ComponentStage(),
    ScoreStage(),
    RefineStage(),
)
