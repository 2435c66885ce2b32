"""Why a recording is analysed, and on what legal basis; and what the program must not be used for."""

from __future__ import annotations

from dataclasses import dataclass

from fead_desktop.errors import UsageError

_LONGEST = 1000

#: Shown before a case is worked on, and in every report.
NOT_FOR = (
    (
        "FEAD Desktop finds moments for human review. "
        "It does not know what a person feels, thinks or intends, and it makes no judgement. "
        "Nothing it shows may be the only ground of a decision about a person."
    ),
    (
        "In the European Union it must not be used for emotion recognition at work, in education or in recruitment, "
        "except for medical or safety reasons (AI Act, Regulation (EU) 2024/1689, Article 5(1)(f))."
    ),
    "Faces are biometric data: analyse recordings only where the law allows it.",
)


@dataclass(frozen=True)
class Purpose:
    """What the analyst states for the report; empty = not stated."""

    purpose: str = ""
    legal_basis: str = ""

    def checked(self) -> Purpose:
        """Return it as it is kept, or refuse it in one sentence."""
        for what, text in (("purpose", self.purpose), ("legal basis", self.legal_basis)):
            if len(text.strip()) > _LONGEST:
                raise UsageError(f"The {what} can have at most {_LONGEST} characters.")
        return Purpose(self.purpose.strip(), self.legal_basis.strip())
