"""Make .venv and install everything the program needs; standard library only, runs before anything is there."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.sha256"
MADE_FOR = VENV / "made-for.txt"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
PACKAGES = ROOT / "packaging" / "debian-packages.txt"
SUPPORTED = ((3, 11), (3, 12))


def main():
    """Install what is missing; a second call that finds everything takes a moment."""
    if sys.version_info[:2] not in SUPPORTED:
        again_with_supported_python()
    install_debian_packages()
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not is_usable(python):
        run(sys.executable, "-m", "venv", "--clear", str(VENV))
    MADE_FOR.write_text(maker())
    say("Installing the Python packages into .venv (the first time this takes some minutes) ...")
    run(
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--disable-pip-version-check",
        "--constraint",
        str(CONSTRAINTS),
        "--editable",
        str(ROOT) + "[dev]",
    )
    compile_packages(python)
    STAMP.write_text(wanted)


def compile_packages(python):
    """Compile what was installed on all cores; pip takes a minute for it on one."""
    where = "import sysconfig; print(sysconfig.get_path('purelib'), end='')"
    packages = subprocess.check_output([str(python), "-c", where]).decode()
    # Packages carry files for other Pythons too, which don't compile and are never imported.
    subprocess.call([str(python), "-m", "compileall", "-qq", "-j", "0", packages])


def again_with_supported_python():
    """Start over with a Python this program runs on, or say what to install."""
    for major, minor in reversed(SUPPORTED):
        python = shutil.which("python%d.%d" % (major, minor))
        if python:
            sys.exit(subprocess.call([python, __file__]))
    sys.exit(
        "FEAD Desktop needs Python 3.11 or 3.12, and this is %d.%d; install one of them and try again."
        % sys.version_info[:2]
    )


def install_debian_packages():
    """Install missing Debian packages where that is possible, else print the line that does it."""
    if not (shutil.which("dpkg-query") and shutil.which("apt-get")):
        return
    missing = [names for names in wanted_packages() if not any(map(is_installed, names))]
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends"]
    if os.geteuid() == 0:
        elevate = []
    elif (
        shutil.which("sudo")
        and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0
    ):
        elevate = ["sudo", "-n"]
    else:
        first = " ".join(names[0] for names in missing)
        sys.exit(
            "Some system libraries are missing. Type this line, then try again:\n"
            "  sudo apt-get update && sudo %s %s" % (" ".join(install), first)
        )
    say("Installing system libraries ...")
    run(*elevate, "apt-get", "-q", "update")
    run(*elevate, *install, "-q", *(first_available(names) for names in missing))


def wanted_packages():
    """Return the list's lines as lists of alternatives."""
    lines = (line.split("#")[0].strip() for line in PACKAGES.read_text().splitlines())
    return [[name.strip() for name in line.split("|")] for line in lines if line]


def is_installed(package):
    """Tell whether dpkg has a package."""
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}", package],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return b"install ok installed" in done.stdout


def first_available(names):
    """Return the alternative that this system's archive has."""
    for name in names:
        done = subprocess.run(
            ["apt-cache", "show", name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode == 0:
            return name
    return names[0]


def is_usable(python):
    """Tell whether .venv is whole and was made here; after a move or for another Python it can't be mended."""
    if not python.exists() or (MADE_FOR.is_file() and MADE_FOR.read_text() != maker()):
        return False
    asked = [str(python), "-m", "pip", "--version"]
    return subprocess.call(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def maker():
    """Return what a virtual environment is bound to: its place and its Python."""
    return "%s\n%s\n" % (VENV.resolve(), sys.version)


def fingerprint():
    """Return a hash of everything that decides what is installed."""
    digest = hashlib.sha256(maker().encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run(*command):
    """Run a command; end with a sentence if it fails."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    if subprocess.call(command, env=environment) != 0:
        sys.exit("This step failed (see above): %s" % " ".join(command))


def say(text):
    """Tell the user what takes time."""
    print(text, flush=True)


if __name__ == "__main__":
    main()
