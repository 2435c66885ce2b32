"""What `make run` does once everything is installed: a recording in, the window on its case out."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "build" / "demo" / "demo.mp4"
FEAD = (sys.executable, "-m", "fead_desktop")


def main(recording_name: str) -> int:
    """Analyse the named recording, or the demo, and show the case."""
    recording = Path(recording_name).expanduser() if recording_name else DEMO
    if not recording_name and not recording.exists():
        say("Making the demo recording ...")
        done = subprocess.call([*FEAD, "demo", "-o", str(recording)])
        if done:
            return done
    output = ROOT / "build" / f"{recording.stem}-fead"
    if recording_name:  # recordings of one name in two folders are two cases
        place = hashlib.sha256(os.fsencode(recording.resolve())).hexdigest()[:6]
        output = output.with_name(f"{output.name}-{place}")
    say(f"Analysing '{recording}' ...")
    # Of the demo, which is made of a public-domain photograph, nobody needs to be asked what it is for.
    known = ["--purpose", "a look at the program", "--legal-basis", "public-domain photograph"]
    stated = [] if recording_name else known
    done = subprocess.call([*FEAD, "analyze", str(recording), "-o", str(output), *stated])
    case = output / f"{recording.stem}.fead"
    if done not in {0, 4} or not case.exists():  # 4: no face; its case opens all the same
        return done
    if has_display():
        return subprocess.call([*FEAD, "open", str(case)])
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from fead_desktop.gui.app import save_window_picture

    picture = output / "window.png"
    save_window_picture(case, picture)
    say(f"There is no display here. A picture of the window and all outputs are in '{output}'.")
    return done


def has_display() -> bool:
    """Tell whether a window could be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def say(text: str) -> None:
    """Tell the user what happens."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
