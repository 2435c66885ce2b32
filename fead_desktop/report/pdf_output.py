"""How the PDF comes to the disk: pictures wait in a file, and each part is written as soon as it is made.

fpdf keeps all pictures and the finished file in memory: a report on hundreds of events would need room for every one
of them at once, and its last step could not be cancelled.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from fpdf import FPDF
from fpdf.output import OutputProducer, PDFXObject

from fead_desktop.progress import Progress


class Waiting:
    """The bytes of a picture, which wait at the end of a file; ``bytes()`` reads them."""

    def __init__(self, data: bytes, file: IO[bytes]):
        self._file, self._length = file, len(data)
        self._place = file.seek(0, 2)
        file.write(data)

    def __len__(self) -> int:
        return self._length

    def __bytes__(self) -> bytes:
        self._file.seek(self._place)
        return self._file.read(self._length)


def write_pages(pdf: FPDF, path: Path, progress: Progress) -> None:
    """Write a document, the data of whose pictures are :class:`Waiting`.

    Raises
    ------
    OSError
    CancelledError
        Between any two parts of the file, which is half written then.
    """
    with path.open("wb") as file:
        target = _Target(file, progress)

        class Output(_Output):
            def __init__(self, pdf: FPDF):
                super().__init__(pdf)
                # Parts are added to it, and it is asked for its length: what the buffer is used for.
                self.buffer = target  # type: ignore[assignment]

        pdf.output(output_producer_class=Output)


class _Target:
    """Takes the place of fpdf's buffer: what is added goes into the file."""

    def __init__(self, file: IO[bytes], progress: Progress):
        self._file, self._progress, self._length = file, progress, 0

    def __len__(self) -> int:
        return self._length

    def __iadd__(self, data: bytes) -> _Target:
        self._progress.raise_if_cancelled()
        self._file.write(data)
        self._length += len(data)
        return self


class _Output(OutputProducer):
    def _add_image(self, info: dict[str, Any]) -> PDFXObject:
        """Add a picture that is read again when it is written."""
        made = super()._add_image(info)
        made._contents = b""
        made.content_stream = info["data"].__bytes__  # type: ignore[method-assign]
        return made
