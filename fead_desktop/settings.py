"""Preferences of the window: one frozen record, kept as JSON of what differs from the defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from fead_desktop import paths
from fead_desktop.logs import logger

MOST_RECENT_FILES = 10


@dataclass(frozen=True)
class Settings:
    """What the window remembers.

    recent_files : paths of recordings and cases, the last opened first.
    window : geometry of the window, in Qt's base64.
    layout : name of the layout in use; layouts : name -> places of the panels in it, in Qt's base64.
    theme : "system", "dark", "light" or "high contrast"; font_scale : size of all text, 1 = as usual.
    keys : action -> its keys, only where the analyst changed them.
    show_overlay : face boxes over the picture.
    export_choice : formats and options that were exported last, as JSON; export_presets : name -> those that
        the analyst keeps.
    filters : name -> filter of the events, as :mod:`fead_desktop.review.filters` writes it.
    control_share : how many controls a review gets for each event, 0 to 1.
    queue : recordings to be analysed one after another, as :mod:`fead_desktop.gui.analysis.queue` writes them.
    timeline : the lanes of the timeline, as :mod:`fead_desktop.gui.timeline.lane_table` writes them.
    """

    recent_files: tuple[str, ...] = ()
    window: str = ""
    layout: str = "review"
    layouts: Mapping[str, str] = field(default_factory=dict)
    theme: str = "system"
    font_scale: float = 1.0
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    show_overlay: bool = True
    export_choice: str = ""
    export_presets: Mapping[str, str] = field(default_factory=dict)
    timeline: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    control_share: float = 0.1
    queue: str = ""

    def with_recent(self, path: Path) -> Settings:
        """Return the settings with this file in front of the recent ones."""
        name = str(path.absolute())
        others = tuple(each for each in self.recent_files if each != name)
        return replace(self, recent_files=(name, *others)[:MOST_RECENT_FILES])

    def without_recent(self, path: Path) -> Settings:
        """Return the settings without this file among the recent ones."""
        name = str(path.absolute())
        return replace(self, recent_files=tuple(each for each in self.recent_files if each != name))


def settings_path() -> Path:
    """Return where the preferences are kept."""
    return paths.config_dir() / "settings.json"


def load_settings() -> Settings:
    """Read the preferences; what is missing, damaged or unknown falls back to the default."""
    try:
        stored = json.loads(settings_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(stored, dict):
        return Settings()
    kinds = get_type_hints(Settings)
    known = {each.name for each in fields(Settings)}
    values = {name: _plain(value) for name, value in stored.items() if name in known}
    return Settings(**{name: v for name, v in values.items() if _fits(v, kinds[name])})


def save_settings(settings: Settings) -> None:
    """Keep the preferences; a folder that can't be written costs only the memory of them."""
    default = Settings()
    changed = {
        each.name: getattr(settings, each.name)
        for each in fields(Settings)
        if getattr(settings, each.name) != getattr(default, each.name)
    }
    path = settings_path()
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(changed, indent=2), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        logger("settings").warning("the preferences were not kept: %s", error)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(isinstance(each, str) for each in value)
    if get_origin(kind) is not None:
        inside = get_args(kind)[1]
        return isinstance(value, dict) and all(_fits(each, inside) for each in value.values())
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind)
