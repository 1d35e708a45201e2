"""Which release first contained a commit, by the tags that name a version."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from pathlib import Path

from forklift.index.git import local_git

MOST_COMMITS = 100_000
MOST_TAGS = 2_000
RELEASE = re.compile(r"(?:v|version[-_/]?|release[-_/]?|rel[-_/]?)?(\d+(?:\.\d+){1,3})")  # no candidates, no previews


def releases(root: Path, head: str) -> dict[str, str]:
    """Commit -> the oldest release that contains it, for what a release contains of the newest commits.

    Raises SourceError when git fails.
    """
    tags = dict(_tags(root))
    if not tags or len(tags) > MOST_TAGS:
        return {}
    asked = "\n".join([head, *tags]).encode()
    listing = local_git(
        root, "rev-list", "--timestamp", "--parents", f"--max-count={MOST_COMMITS}", "--stdin", stdin=asked
    )
    parents: dict[str, list[str]] = {}
    dates: dict[str, int] = {}
    for line in listing.decode().splitlines():
        date, commit, *above = line.split()
        parents[commit], dates[commit] = above, int(date)
    own = set(_unclaimed(head, parents, {}))
    aside = sorted(dates[one] for one in tags.keys() & dates.keys() - own)  # releases of other branches
    found: dict[str, str] = {}
    order = {commit: -place for place, commit in enumerate(dates)}  # of those of one second the later come first
    for commit in sorted(tags.keys() & dates.keys(), key=lambda one: (dates[one], order[one])):
        for one in _unclaimed(commit, parents, found):
            between = bisect_left(aside, dates[commit]) - bisect_right(aside, dates[one])
            found[one] = "" if between > 0 else tags[commit]  # one in between may have the same change as a copy
    return {commit: version for commit, version in found.items() if version}


def _tags(root: Path) -> Iterator[tuple[str, str]]:
    """(commit, version) of every tag that names a release."""
    form = "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname:strip=2)"
    for line in local_git(root, "for-each-ref", form, "refs/tags").decode("utf-8", "replace").splitlines():
        words = line.split()
        version = RELEASE.fullmatch(words[-1].rpartition("/")[2]) if words else None
        if version and "commit" in words[1:-1]:
            yield words[words.index("commit") - 1], version[1]


def _unclaimed(commit: str, parents: Mapping[str, list[str]], claimed: Mapping[str, str]) -> Iterator[str]:
    """A commit and its ancestors, as far as no older release has them."""
    waiting, seen = [commit], {commit}
    while waiting:
        one = waiting.pop()
        if one in claimed:
            continue
        yield one
        for parent in parents.get(one, ()):
            if parent not in seen and parent in parents:
                seen.add(parent)
                waiting.append(parent)
