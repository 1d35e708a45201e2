"""Git, run so that nothing in a repository can make it run anything: no hooks, no prompts, no lazy fetches."""

import os
import re
import subprocess
from pathlib import Path

from forklift.errors import SourceError

LOCAL_LIMIT_S = 120
CLONE_LIMIT_S = 3600
HARDENED = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.pager=cat",
    "-c", "safe.directory=*",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "core.quotePath=false",
)  # fmt: skip
URL = re.compile(r"^(?:https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:")
FORGE = re.compile(
    r"(?:https?://|ssh://)?(?:[^@/\s]+@)?(?P<host>github\.com|gitlab\.com)(?::\d+)?[:/](?P<name>[\w.-]+(?:/[\w.-]+)+)"
)
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def is_url(repo: str) -> bool:
    """Whether `repo` is something to clone rather than a directory."""
    return bool(URL.match(repo))


def without_credentials(text: str) -> str:
    """`text` without what stands before '@' in its URLs."""
    return CREDENTIALS.sub("", text)


def local_git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Standard output of a git command that reads `root` only. Raises SourceError with git's last words."""
    environment = _environment() | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    command = ["git", *HARDENED, "-c", "protocol.allow=never", *arguments]
    return _run(command, environment, LOCAL_LIMIT_S, cwd=root, stdin=stdin)


def clone(url: str, destination: Path) -> None:
    """Clones the default branch of `url` into the bare repository `destination`. Raises SourceError."""
    arguments = ["clone", "--bare", "--single-branch", "--template=", "--quiet", "--", url, str(destination)]
    _remote_git(url, *arguments)
    shown = without_credentials(url)
    local_git(destination, "config", "remote.origin.url", shown)


def refresh(url: str, destination: Path) -> None:
    """Brings a clone up to date with the default branch of `url`. Raises SourceError."""
    branch = local_git(destination, "symbolic-ref", "HEAD").decode().strip()
    _remote_git(url, "-C", str(destination), "fetch", "--quiet", "--force", "--", url, f"+HEAD:{branch}")


def origin(root: Path) -> str:
    """The URL that `root` was cloned from, "" when it was not."""
    try:
        return local_git(root, "config", "--local", "remote.origin.url").decode("utf-8", "replace").strip()
    except SourceError:
        return ""


def web_address(root: Path) -> str:
    """Where people read the files of `root` at "/blob/COMMIT/PATH#L1", "" when its origin is no forge we know."""
    found = (
        FORGE.fullmatch(origin(root).rstrip("/").removesuffix(".git"))
        if (root / ".git").exists() or (root / "HEAD").is_file()
        else None
    )
    return f"https://{found['host']}/{found['name']}" if found else ""


def _remote_git(url: str, *arguments: str) -> None:
    environment = _environment() | {
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    }
    try:
        _run(["git", *HARDENED, *arguments], environment, CLONE_LIMIT_S)
    except SourceError as error:
        raise SourceError(f"cannot fetch {without_credentials(url)}: {error}") from None


def _environment() -> dict[str, str]:
    """The caller's environment without its GIT_ variables: inside a hook they point at another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true", "LC_ALL": "C"}


def _run(
    command: list[str], environment: dict[str, str], limit_s: int, cwd: Path | None = None, stdin: bytes = b""
) -> bytes:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment, input=stdin, capture_output=True, timeout=limit_s, check=False
        )
    except FileNotFoundError:
        raise SourceError("git is not installed: apt-get install git") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"git gave no answer within {limit_s} s") from None
    except OSError as error:
        raise SourceError(f"git cannot be run in {cwd}: {error.strerror}") from None
    if done.returncode != 0:
        raise SourceError(without_credentials(last_line(done.stderr)) or f"git failed with {done.returncode}")
    return done.stdout


def last_line(stderr: bytes) -> str:
    """The last thing git called fatal or an error, else the last line it wrote."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    said = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return next(reversed(said or lines), "")
