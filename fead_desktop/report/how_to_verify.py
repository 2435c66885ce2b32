"""The page in every evidence package that tells how to check it without this program."""

from __future__ import annotations

from fead_desktop.report import packages

_PAGE = """HOW TO VERIFY THIS PACKAGE WITHOUT THE PROGRAM THAT WROTE IT

Unpack the zip file into an empty folder and open a terminal in that folder. Linux and macOS bring the commands below
with them (on macOS write "shasum -a 256" for "sha256sum"); on Windows use Git Bash or the Windows Subsystem for
Linux, or compare single files with: certutil -hashfile FILE SHA256

1. The manifest hash

     sha256sum {sums}

   must print the manifest hash that was noted, outside this package, when the package was written: in a file note, a
   letter, a time-stamping service. The manifest hash covers the list of all files, and so every byte of them. If no
   manifest hash was noted elsewhere, the steps below show damage and careless changes, but they can't exclude that
   somebody rebuilt the whole package, its list and its log included.

2. Every file

     sha256sum -c {sums}

   must print "OK" behind every file. Files that were added are not in the list; this prints them, and must print
   nothing:

     find . -type f ! -name {sums} | cut -c3- | LC_ALL=C sort | diff - <(cut -c67- {sums} | LC_ALL=C sort)

3. The recording

     sha256sum YOUR-RECORDING

   must print
     {recording}
   or the recording is not the one that was analysed.
{stills}{log}
What is in the other files: {manifest} names the recording, the parameters of the analysis, the models with their
hashes, the versions of all software, and the options of this export.
"""

_STILLS = """
4. The pixels of a still picture

     ffmpeg -v error -i STILL.png -f rawvideo -pix_fmt rgb24 - | sha256sum

   must print the value "pixels_sha256" of that file in {manifest}: the SHA-256 of the red, green and blue values
   of all pixels, row by row. The file itself also says, as text, which frame of which recording it shows.
   The pictures of a clip:

     ffmpeg -v error -i CLIP.mp4 -map 0:v -f framehash -hash sha256 -

   prints a hash for each picture, in the order of the list "clips" in {manifest}.
"""

_LOG = """
5. The log

   Each line of {log} holds a hash, two spaces, and one entry: when, who, what, before and after. Each hash is the
   SHA-256 of the hash of the line before (64 zeros for the first) and the entry itself. This prints the lines that
   don't fit, and must print nothing (bash):

     previous={zeros}
     while IFS= read -r line; do
       noted=${{line%%  *}}; entry=${{line#*  }}
       found=$(printf '%s%s' "$previous" "$entry" | sha256sum | cut -c1-64)
       [ "$found" = "$noted" ] || printf 'does not fit: %s\\n' "$entry"
       previous=$noted
     done < {log}

   The log has {entries} entries, and the last hash is
     {head}
   The same log is in the case: sqlite3 {case}/*.fead "SELECT * FROM log"
"""


def how_to_verify(recording_sha256: str, *, log_head: str = "", log_entries: int = 0) -> str:
    """Return the page; a package without a log (redacted) has a page without the steps for case and stills."""
    with_case = bool(log_head)
    return _PAGE.format(
        sums=packages.SUMS,
        manifest=packages.MANIFEST,
        recording=recording_sha256,
        stills=_STILLS.format(manifest=packages.MANIFEST) if with_case else "",
        log=_LOG.format(
            log=packages.LOG,
            zeros="0" * 64,
            head=log_head,
            entries=log_entries,
            case=packages.CASE_FOLDER,
        )
        if with_case
        else "",
    )
