"""Model -> URL: a page and an OpenAI-compatible API for one lift, on this machine."""

from forklift.deploy.app import create_app
from forklift.deploy.server import serve

__all__ = ["create_app", "serve"]
