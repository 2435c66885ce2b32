"""Which keys an action has: those of the table, unless the analyst chose others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtGui import QKeySequence

from fead_desktop.gui.action import Action
from fead_desktop.gui.actions import ACTIONS

#: Action -> keys, only where they differ from the table's.
Changes = Mapping[str, tuple[str, ...]]


def keys_of(action: Action, changes: Changes) -> tuple[str, ...]:
    """Return an action's keys in Qt's portable text, the first for menus."""
    return changes.get(action.id, action.keys)


def with_keys(changes: Changes, action: Action, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the changes with these keys for an action; nothing is kept where they are the table's."""
    chosen = tuple(dict.fromkeys(portable(key) for key in keys if key))
    others = {name: each for name, each in changes.items() if name != action.id}
    same = chosen == tuple(portable(key) for key in action.keys)
    return others if same else {**others, action.id: chosen}


def users_of(key: str, changes: Changes, actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """Return the actions that have this key."""
    wanted = portable(key)
    return tuple(
        action
        for action in actions
        if wanted in {portable(each) for each in keys_of(action, changes)}
    )


def taken_from_others(changes: Changes, action: Action, key: str) -> dict[str, tuple[str, ...]]:
    """Return the changes with a key for this action alone: whoever had it has it no longer."""
    made = dict(changes)
    for other in users_of(key, changes):
        if other.id != action.id:
            left = [k for k in keys_of(other, made) if portable(k) != portable(key)]
            made = with_keys(made, other, left)
    return with_keys(made, action, (*keys_of(action, made), key))


def portable(key: str) -> str:
    """Return a key as it is stored."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def shown(keys: Iterable[str]) -> str:
    """Return keys as this system writes them."""
    native = QKeySequence.SequenceFormat.NativeText
    return "  or  ".join(QKeySequence(key).toString(native) for key in keys)
