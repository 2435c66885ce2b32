"""Evidence packages as files: what is in one, and reading one that may have been made to do harm."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from fead_desktop.case.audit import LogEntry
from fead_desktop.errors import CaseError
from fead_desktop.progress import Progress

#: The list of all files with their SHA-256, as the tool sha256sum reads it; its own SHA-256 is the manifest hash.
SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
LOG = "log.txt"
HOW_TO = "HOW-TO-VERIFY.txt"
CASE_FOLDER = "case"
SUFFIX = ".evidence.zip"
KIND = "FEAD evidence package"
SCHEMA = 1

BLOCK_BYTES = 1 << 20
#: Lists and logs are read whole; none of a real package comes near this.
_LONGEST_TEXT = 256 << 20
#: Real packages hold pictures and films, which don't shrink; a file that unpacks to so much more is a trap.
_MOST_GROWTH, _ALWAYS_ALLOWED = 200, 1 << 30
_LOCAL_HEADER_BYTES, _RECORD_BYTES = 30, 46
_HAS_DESCRIPTOR, _IS_ENCRYPTED, _IS_UTF8 = 0x08, 0x01, 0x800
_DESCRIPTOR_BYTES = frozenset({12, 16, 20, 24})
_END_BYTES = frozenset({22, 22 + 76})  # with the records of a large archive


class PackageError(CaseError):
    """The file is no evidence package."""


class Package:
    """An open evidence package. Nothing of it is unpacked, and no name in it is trusted.

    ``tricks`` are (name, sentence) of entries that are not read because no honest package has them.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile):
        self.path = path
        self._zip = archive
        self.tricks: list[tuple[str, str]] = []
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._look()

    @property
    def names(self) -> list[str]:
        """Names of the files that can be read."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def blocks(self, name: str, progress: Progress) -> Iterator[bytes]:
        """Yield the content of a file, never more than it says.

        Raises
        ------
        OSError, zipfile.BadZipFile
            When the content can't be read.
        """
        entry = self._entries[name]
        left = entry.file_size
        try:
            with self._zip.open(entry) as file:
                while block := file.read(min(BLOCK_BYTES, left + 1)):
                    left -= len(block)
                    if left < 0:
                        raise zipfile.BadZipFile("it is longer than it says")
                    progress.raise_if_cancelled()
                    yield block
        except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise zipfile.BadZipFile(str(error)) from error

    def read(self, name: str, progress: Progress) -> bytes:
        """Return a list or log."""
        if self._entries[name].file_size > _LONGEST_TEXT:
            raise zipfile.BadZipFile("it is too long to be a list")
        return b"".join(self.blocks(name, progress))

    def hash_of(self, name: str, progress: Progress) -> str:
        """Return the SHA-256 of a file."""
        digest = hashlib.sha256()
        for block in self.blocks(name, progress):
            digest.update(block)
        return digest.hexdigest()

    def is_as_listed(self, name: str, progress: Progress) -> bool:
        """Tell whether a file has the SHA-256 that the package's own list tells."""
        if SUMS not in self:
            return False
        listed, _ = read_sums(self.read(SUMS, progress).decode(errors="replace"))
        return listed.get(name) == self.hash_of(name, progress)

    def copy_out(self, name: str, target: Path, progress: Progress) -> None:
        """Write a file of the package to a place of our own choice."""
        with target.open("wb") as file:
            for block in self.blocks(name, progress):
                file.write(block)

    def case_name(self) -> str | None:
        """Return the name of the case in the package, None where it has none."""
        found = [n for n in self.names if PurePosixPath(n).parts[:1] == (CASE_FOLDER,)]
        return found[0] if len(found) == 1 else None

    def _look(self) -> None:
        size = self.path.stat().st_size
        unpacked = 0
        folded: dict[str, str] = {}
        for entry in self._zip.infolist():
            name = entry.orig_filename
            if name.endswith("/") and not entry.file_size:
                continue  # folders that another program put in
            trick = _trick(entry)
            if trick is None and name.casefold() in folded:
                trick = f"is in the package a second time (beside '{folded[name.casefold()]}')"
            unpacked += entry.file_size
            if trick is None and unpacked > max(_ALWAYS_ALLOWED, _MOST_GROWTH * size):
                trick = "would unpack to far more than a package can hold"
            if trick is not None:
                self.tricks.append((name, trick))
                continue
            folded[name.casefold()] = name
            self._entries[name] = entry
        self.tricks += [(self.path.name, each) for each in self._foreign_bytes(size)]

    def _foreign_bytes(self, size: int) -> Iterator[str]:
        """Tell of bytes that belong to no file, and of files that share their bytes."""
        entries = sorted(self._zip.infolist(), key=lambda each: each.header_offset)
        end = 0
        for entry in entries:
            gap = entry.header_offset - end
            if gap < 0:
                yield "has entries that share their bytes, as traps do"
                return
            if gap:
                yield "holds bytes that belong to none of its files"
                return
            end = entry.header_offset + _stored_bytes(self._zip, entry)
        start = self._zip.start_dir
        records = sum(
            _RECORD_BYTES + len(_raw_name(e)) + len(e.extra) + len(e.comment) for e in entries
        )
        ending = size - start - records
        if end != start or self._zip.comment or ending not in _END_BYTES:
            yield "holds bytes that belong to none of its files"


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Open a package for reading.

    Raises
    ------
    PackageError
        When it is missing, no zip file, or so damaged that its list of files can't be read.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise PackageError(f"There is no evidence package '{path}'.") from error
    except Exception as error:  # damaged zip files raise a dozen kinds
        raise PackageError(
            f"'{path.name}' can't be read as an evidence package: it is no zip file, or its list of files was damaged."
        ) from error
    with archive:
        yield Package(path, archive)


def safe_name(name: str) -> str:
    """Return a path for the package that every system can unpack: odd signs become ``_``."""
    return "/".join(
        "".join(c if c.isprintable() and c not in '\\:*?"<>|' else "_" for c in part)
        for part in PurePosixPath(name).parts
    )


def sums_text(hashes: dict[str, str]) -> str:
    """Return a list of files as sha256sum writes and checks it."""
    return "".join(f"{value}  {name}\n" for name, value in sorted(hashes.items()))


def read_sums(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the hashes by name of a list, and the lines that are none of it."""
    hashes: dict[str, str] = {}
    odd = []
    for line in text.splitlines():
        value, sign, name = line[:64], line[64:66], line[66:]
        if _is_hash(value) and sign in {"  ", " *"} and name and name not in hashes:
            hashes[name] = value
        else:
            odd.append(line)
    return hashes, odd


def log_text(entries: Iterable[LogEntry]) -> str:
    """Return the log as text: a line each, its hash, two spaces, and the JSON that the hash is taken of."""
    return "".join(f"{entry.hash}  {entry.canonical()}\n" for entry in entries)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _trick(entry: zipfile.ZipInfo) -> str | None:
    """Say what makes an entry one that no honest package has; None where nothing does."""
    name = entry.orig_filename
    parts = name.split("/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.startswith("/") or "\\" in name or ":" in name or "\0" in name:
        return "has a name that leads out of the package"
    if any(part in {"", ".", ".."} for part in parts):
        return "has a name that leads out of the package"
    if kind not in {0, stat.S_IFREG}:
        return "is a link or a device, not a file"
    if entry.flag_bits & _IS_ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is packed in a way that packages are not"
    return None


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _IS_UTF8 else "cp437")


def _stored_bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Return how many bytes of the archive an entry takes."""
    assert archive.fp is not None
    archive.fp.seek(entry.header_offset)
    header = archive.fp.read(_LOCAL_HEADER_BYTES)
    name, extra = (int.from_bytes(header[k : k + 2], "little") for k in (26, 28))
    whole = _LOCAL_HEADER_BYTES + name + extra + entry.compress_size
    if not entry.flag_bits & _HAS_DESCRIPTOR:
        return whole
    later = [e.header_offset for e in archive.infolist() if e.header_offset > entry.header_offset]
    gap = min(later, default=archive.start_dir) - entry.header_offset - whole
    return whole + (gap if gap in _DESCRIPTOR_BYTES else 0)
