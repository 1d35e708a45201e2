"""One error class per boundary. Each message names what failed, where, and what to do next, in one line."""

from collections.abc import Sequence


class ForkLiftError(Exception):
    """Base of every expected failure; the command line prints it as one line and exits 1."""


class UnfinishedError(ForkLiftError):
    """Nothing is wrong, and the rest comes later or was not wanted: a batch is under way, a dry run, a preview.

    `lines` are the results so far; the command line prints them, then the message, and exits 0.
    """

    def __init__(self, message: str, lines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.lines = lines


class SourceError(ForkLiftError):
    """The repository cannot be read: missing, empty, no code in it, a git command failed."""


class IndexingError(ForkLiftError):
    """The index cannot be built or opened: no ctags, a truncated database."""


class WorkspaceError(ForkLiftError):
    """The lift directory is something else, an artefact is missing or damaged, the disk is full."""


class DatasetError(ForkLiftError):
    """The dataset cannot be built or read, or a question fails the grader's own check."""


class ModelError(ForkLiftError):
    """A model cannot be found, fetched, loaded or trained."""


class ConfigError(ForkLiftError):
    """A setting is out of range or two settings contradict each other."""


class ServeError(ForkLiftError):
    """The server cannot start: the port is in use, the address is not ours."""


class EndpointError(ForkLiftError):
    """A remote model cannot be asked: no such endpoint, no key, it refuses, or it answers garbage."""


class HubError(ForkLiftError):
    """The Hugging Face Hub cannot be reached, refuses, or stops half-way."""
