"""What can be done with the player: rows of the table of actions."""

from __future__ import annotations

from fead_desktop.gui.action import PLAY, VIEW, Action, has_events, has_picture

PLAY_SHUTTLE, PLAY_RANGE = f"{PLAY}/&Speed", f"{PLAY}/&Range"

#: Keys follow mpv and LosslessCut where they have the same action.
PLAYER_ACTIONS: tuple[Action, ...] = (
    Action("play", PLAY, "&Play or pause", lambda w: w.player.toggle_play(), ("Space",), has_picture, "play"),
    Action("step_back", PLAY, "Frame &back", lambda w: w.player.step(-1), ("Left", ","), has_picture,
           "step-back", section=True),
    Action("step_forward", PLAY, "Frame &forward", lambda w: w.player.step(1), ("Right", "."), has_picture,
           "step-forward"),
    Action("ten_back", PLAY, "Ten frames back", lambda w: w.player.step(-10), ("Ctrl+Left",), has_picture),
    Action("ten_forward", PLAY, "Ten frames forward", lambda w: w.player.step(10), ("Ctrl+Right",),
           has_picture),
    Action("second_back", PLAY, "Second back", lambda w: w.move_seconds(-1), ("Shift+Left",), has_picture),
    Action("second_forward", PLAY, "Second forward", lambda w: w.move_seconds(1), ("Shift+Right",),
           has_picture),
    Action("first_frame", PLAY, "First frame", lambda w: w.session.request_frame(0), ("Home",), has_picture),
    Action("last_frame", PLAY, "Last frame", lambda w: w.session.request_frame(1 << 62), ("End",), has_picture),
    Action("go_to", PLAY, "&Go to …", lambda w: w.player.ask_place(), ("G",), has_picture,
           tip="Go to a frame number, a timecode, or +n or −n frames"),
    Action("shuttle_back", PLAY_SHUTTLE, "Backwards", lambda w: w.player.press_shuttle(-1), ("J",), has_picture,
           tip="Play backwards; again for twice as fast; with K held slowly", section=True),
    Action("shuttle_stop", PLAY_SHUTTLE, "Stop", lambda w: w.player.stop_shuttle(), ("K",), has_picture),
    Action("shuttle_forward", PLAY_SHUTTLE, "Forwards", lambda w: w.player.press_shuttle(1), ("L",),
           has_picture, tip="Play; again for twice as fast; with K held slowly"),
    Action("slower", PLAY_SHUTTLE, "Slower", lambda w: w.player.change_rate(-1), ("[",), has_picture,
           section=True),
    Action("faster", PLAY_SHUTTLE, "Faster", lambda w: w.player.change_rate(1), ("]",), has_picture),
    Action("usual_rate", PLAY_SHUTTLE, "Usual speed", lambda w: w.player.set_rate(1.0), ("Backspace",),
           has_picture),
    Action("mark_in", PLAY_RANGE, "In here", lambda w: w.player.mark_in(), ("I",), has_picture),
    Action("mark_out", PLAY_RANGE, "Out here", lambda w: w.player.mark_out(), ("O",), has_picture),
    Action("go_to_in", PLAY_RANGE, "Go to in", lambda w: w.player.go_to_in(), ("Shift+I",), has_picture),
    Action("go_to_out", PLAY_RANGE, "Go to out", lambda w: w.player.go_to_out(), ("Shift+O",), has_picture),
    Action("clear_range", PLAY_RANGE, "Forget in and out", lambda w: w.player.clear_range(), ("Ctrl+I",),
           has_picture),
    Action("loop_range", PLAY_RANGE, "Loop in to out", lambda w: w.player.toggle_mode("range"), ("Ctrl+L",),
           has_picture, checked=lambda w: w.player.play_range.mode == "range", section=True),
    Action("loop_event", PLAY_RANGE, "Loop the event", lambda w: w.player.toggle_mode("event"),
           ("Ctrl+Shift+L",), has_events, tip="Play the chosen event again and again, with half a second around it",
           checked=lambda w: w.player.play_range.mode == "event"),
    Action("highlights", PLAY_RANGE, "Highlights only", lambda w: w.player.play_highlights(), ("H",),
           has_events, tip="Play the flagged moments one after another",
           checked=lambda w: w.player.play_range.mode == "highlights"),
    Action("overlay", VIEW, "Face &boxes", lambda w: w.player.set_overlay(not w.player.overlay_on), ("B",),
           has_picture, "overlay", "Show face boxes, persons and emotions over the picture",
           checked=lambda w: w.player.overlay_on),
)  # fmt: skip
