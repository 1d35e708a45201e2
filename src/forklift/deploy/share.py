"""A public link to the server on this machine, through the tunnel of Gradio."""

import secrets

from forklift.errors import ServeError


def public_link(host: str, port: int) -> str:
    """The URL of a tunnel to `host`:`port`, open until this process ends.

    Raises ServeError when Gradio is not installed or the tunnel cannot be had.
    """
    try:
        from gradio.networking import setup_tunnel
    except ImportError:
        raise ServeError("--share goes through Gradio: pip install 'forklift-llm[share]'") from None
    try:
        return str(setup_tunnel(host, port, secrets.token_urlsafe(32), None, None))
    except Exception as error:  # the network, the download of the tunnel's program, the program itself
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise ServeError(f"no public link ({reason}): check the network, or deploy without --share") from None
