"""What can be done with the player: rows of the table of actions."""

from __future__ import annotations

from fead_desktop.gui.action import PLAY, VIEW, Action, has_picture

#: Keys follow mpv and LosslessCut where they have the same action.
PLAYER_ACTIONS: tuple[Action, ...] = (
    Action("play", PLAY, "&Play or pause", lambda w: w.player.toggle_play(), ("Space",), has_picture, "play"),
    Action("step_back", PLAY, "Frame &back", lambda w: w.player.step(-1), ("Left", ","), has_picture,
           "step-back", section=True),
    Action("step_forward", PLAY, "Frame &forward", lambda w: w.player.step(1), ("Right", "."), has_picture,
           "step-forward"),
    Action("second_back", PLAY, "Second back", lambda w: w.move_seconds(-1), ("Shift+Left",), has_picture),
    Action("second_forward", PLAY, "Second forward", lambda w: w.move_seconds(1), ("Shift+Right",),
           has_picture),
    Action("first_frame", PLAY, "First frame", lambda w: w.session.request_frame(0), ("Home",), has_picture),
    Action("last_frame", PLAY, "Last frame", lambda w: w.session.request_frame(1 << 62), ("End",), has_picture),
    Action("overlay", VIEW, "Face &boxes", lambda w: w.player.set_overlay(not w.player.overlay_on), ("B",),
           has_picture, "overlay", "Show face boxes, persons and emotions over the picture",
           checked=lambda w: w.player.overlay_on),
)  # fmt: skip
