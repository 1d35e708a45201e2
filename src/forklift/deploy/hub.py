"""The Hugging Face Hub: a repository is made when it is not there, and filled in one commit."""

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from forklift.deploy.export import RECORD, export
from forklift.engine import Report
from forklift.errors import HubError
from forklift.workspace import Lift, require_stage

if TYPE_CHECKING:  # a second to import
    from huggingface_hub import HfApi

Kind = Literal["model", "dataset", "space"]

_WHY = {
    401: "the hub does not accept the token: set HF_TOKEN to one that may write",
    403: "the token may not write there: set HF_TOKEN to one that may, or choose another --name",
    413: "the hub finds it too large",
    429: "the hub has had too many requests: wait a little",
}


def publish(lift: Lift, model: str, name: str | None, public: bool, report: Report, questions: int) -> list[str]:
    """Uploads the trained `model`, merged, and the dataset with their cards; returns both URLs.

    `name`: owner/name, or only a name; by default that of the repository. `questions`: how many are asked to check
    that the merged model answers the same. Raises HubError, and whatever `export` raises.
    """
    api = connect()
    full = full_name(api, lift, name)
    require_stage(lift, "build", "forklift build REPO")
    with tempfile.TemporaryDirectory(dir=lift.root, prefix=".hub-") as temporary:
        merged = Path(temporary) / "merged"
        export(lift, model, "merged", merged, report, questions=questions)
        card = merged / "README.md"
        card.write_text(_naming_dataset(card.read_text(encoding="utf-8"), full), encoding="utf-8")
        where = upload(api, "model", full, merged, public=public, replaces=["*.safetensors*"], report=report)
    try:
        data = upload(api, "dataset", full, lift.dataset, public=public, replaces=["*.parquet"], report=report)
    except HubError as error:
        raise HubError(f"the model is at {where}, the dataset is not: {error}") from None
    return [where, data]


def _naming_dataset(card: str, name: str) -> str:
    return card.replace("---\n", f"---\ndatasets: [{name}]\n", 1)


def connect() -> "HfApi":
    """The hub as whoever the token is of. Raises HubError when there is no token."""
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.utils.tqdm import disable_progress_bars

    token = get_token()
    if not token:
        raise HubError("no token for the hub: set HF_TOKEN, or log in with 'hf auth login'")
    if not sys.stderr.isatty():
        disable_progress_bars()
    return HfApi(token=token)


def full_name(api: "HfApi", lift: Lift, name: str | None) -> str:
    """owner/name; the owner is the token's unless `name` says another. Raises HubError."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    if name is None:
        repository = require_stage(lift, "build", "forklift build REPO")["repository"]["name"]
        name = f"{re.sub(r'[^A-Za-z0-9]+', '-', repository).strip('-') or 'repository'}-forklift"
    if "/" not in name:
        with one_line("asking whose the token is"):
            name = f"{api.whoami()['name']}/{name}"
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise HubError(f"{name!r} is no name for the hub ({_first_line(error)}): choose another with --name") from None
    return name


def upload(
    api: "HfApi", kind: Kind, name: str, folder: Path, *, public: bool, replaces: Sequence[str], report: Report
) -> str:
    """Makes the repository when it is not there and commits what is in `folder`; returns its URL.

    One commit: the repository shows all of it or what it showed before. Files there that match `replaces` and are not
    in `folder` are deleted. An existing repository stays as public or private as it is. Raises HubError.
    """
    sdk = "docker" if kind == "space" else None
    report(f"upload the {kind}", 0, 1)
    with one_line(f"making {name}"):
        url = api.create_repo(name, repo_type=kind, private=not public, exist_ok=True, space_sdk=sdk)
    with one_line(f"uploading to {url} (run the same command again to go on; it shows nothing new yet)"):
        api.upload_folder(
            repo_id=name,
            repo_type=kind,
            folder_path=folder,
            commit_message="Upload from ForkLift",
            delete_patterns=list(replaces),
            ignore_patterns=[".*", "**/.*", RECORD],
        )
    report(f"upload the {kind}", 1, 1)
    return str(url)


@contextmanager
def one_line(doing: str) -> Iterator[None]:
    """Turns what the hub's client raises into a HubError that says what failed while `doing` what."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        raise HubError(f"{doing} failed: {_WHY.get(status) or _first_line(error)}") from None
    except OfflineModeIsEnabled:
        raise HubError(f"{doing} failed: HF_HUB_OFFLINE is set, unset it") from None
    except httpx2.HTTPError as error:
        raise HubError(f"{doing} failed: the hub cannot be reached ({_first_line(error)})") from None
    except (RuntimeError, ValueError, OSError) as error:  # a file of many; refused metadata; a broken connection
        cause = error.__cause__ or error
        status = getattr(getattr(cause, "response", None), "status_code", 0)
        raise HubError(f"{doing} failed: {_WHY.get(status) or _first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
