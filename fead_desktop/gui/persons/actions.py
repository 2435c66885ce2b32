"""Who is who: rows of the table of actions."""

from __future__ import annotations

from fead_desktop.features.table import UNASSIGNED
from fead_desktop.gui.action import PERSONS, Action, has_results
from fead_desktop.gui.session import Session


def has_chosen_person(session: Session) -> bool:
    """A person is chosen."""
    return bool(session.persons) and session.person not in {None, UNASSIGNED}


def has_chosen_faces(session: Session) -> bool:
    """Faces are chosen in the contact sheet."""
    return bool(session.person_editing.chosen_faces)


def is_stale(session: Session) -> bool:
    """Persons were edited and are not scored again yet."""
    return session.person_editing.is_stale and session.recording is not None


def is_rescoring(session: Session) -> bool:
    """Edited persons are being scored again, or will be in a moment."""
    return session.person_editing.is_rescoring or session.person_editing.waits_to_rescore


PERSON_ACTIONS: tuple[Action, ...] = (
    Action("contact_sheet", PERSONS, "&Faces …", lambda w: w.persons.toggle_faces(), ("C",), has_results,
           tip="All faces of the chosen person; choose some and give them to somebody else"),
    Action("rename_person", PERSONS, "&Rename", lambda w: w.persons.rename(), ("F2",), has_chosen_person,
           tip="Type another name on the person's card; an empty one brings the number back", section=True),
    Action("merge_persons", PERSONS, "&Merge selected", lambda w: w.gallery.merge_selected(), ("Ctrl+J",),
           has_results, tip="Make one person of those that are selected in the gallery"),
    Action("ignore_person", PERSONS, "&Ignore", lambda w: w.gallery.ignore_selected(), ("Ctrl+Del",),
           has_chosen_person, tip="Leave all faces of the selected persons unassigned"),
    Action("select_tracks", PERSONS, "Whole &tracks", lambda w: w.persons.faces.select_tracks(), ("Ctrl+Shift+T",),
           has_chosen_faces, tip="Choose all faces of the tracks that the chosen ones are in", section=True),
    Action("suggest_split", PERSONS, "Suggest a s&plit", lambda w: w.persons.suggest_split(), ("Ctrl+Shift+G",),
           has_chosen_person, tip="Choose the faces of this person that may be somebody else"),
    Action("split_faces", PERSONS, "&New person", lambda w: w.persons.split_chosen(), ("Ctrl+Shift+N",),
           has_chosen_faces, tip="Make a new person of the chosen faces"),
    Action("move_faces", PERSONS, "M&ove faces …", lambda w: w.persons.move_chosen(), ("Ctrl+Shift+J",),
           has_chosen_faces, tip="Give the chosen faces to another person, or to nobody"),
    Action("merge_suggestions", PERSONS, "Same p&erson …", lambda w: w.persons.show_suggestions(), ("Ctrl+U",),
           has_results, tip="Pairs of persons that may be one, side by side", section=True),
    Action("similarity", PERSONS, "&Similarity", lambda w: w.persons.try_similarity(), ("Ctrl+G",),
           has_results, tip="Try how many persons there are if faces must be more, or less, alike"),
    Action("reset_persons", PERSONS, "As the an&alysis said", lambda w: w.session.person_editing.reset(),
           ("Ctrl+Shift+Del",), has_results, tip="Take all edits of the persons back, names too"),
    Action("write_faces", PERSONS, "&Write faces …", lambda w: w.persons.ask_write_faces(), ("Ctrl+Shift+E",),
           has_results, tip="Write the aligned faces as pictures, a folder for each person as they are now"),
    Action("rescore", PERSONS, "S&core again", lambda w: w.session.person_editing.rescore(), ("Ctrl+Alt+G",),
           is_stale, tip="Score the edited persons now", section=True),
    Action("stop_rescoring", PERSONS, "Stop scorin&g", lambda w: w.session.person_editing.cancel_rescoring(),
           ("Ctrl+Alt+.",), is_rescoring, tip="Leave the scores of the edited persons as they were"),
)  # fmt: skip
