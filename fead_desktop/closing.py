"""Closing: what is closed at the end of a with block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self


class Closing(ABC):
    """Lets a with block close what it opened, however it ends."""

    @abstractmethod
    def close(self) -> None:
        """Close it; closing twice does no harm."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
