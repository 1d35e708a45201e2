"""What git says about symbols: exactly what each commit did, within bounds, and never a person."""

import os
import subprocess
from pathlib import Path

import pytest
from repositories import commit, git, indexed, write

from forklift.index.history import MOST_FILES

STOCK = '''\
class Stock:
    """All items."""

    def take(self, article):
        """Takes one out."""
        if article not in self.items:
            raise KeyError(article)
        return self.items.pop(article)


def open_shop(keys, alarm):
    alarm.disarm()
    for door in ("front", "back"):
        keys.unlock(door)
    return Stock()


def count_items(stock):
    return sum(stock.items.values())
'''


def step(root: Path, message: str, **files: str) -> str:
    """One commit; double underscores in names are slashes."""
    write(root, {name.replace("__", "/") + ".py": content for name, content in files.items()})
    return commit(root, message)


def told(index, name: str) -> list[tuple[str, str]]:
    (symbol,) = index.find(name)
    return [(one.kind, one.before) for one in index.changes_of(symbol.id)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A repository in which things were added, changed, renamed, moved, deprecated and removed."""
    root = tmp_path_factory.mktemp("history") / "shop"
    step(root, "Start", shop__stock="LIMIT = 3\n")
    git(root, "tag", "v0.9rc1")
    commits = [
        step(
            root,
            "Keep stock\n\nItems were counted by hand before, which nobody liked to do.\n\n"
            "Thanks to Ada Lovelace for the idea.\nSigned-off-by: Ada Lovelace <ada@example.org>\n"
            "Co-authored-by: bob <bob@example.org>",
            shop__stock=STOCK,
        )
    ]
    git(root, "tag", "v1.0")
    renamed = STOCK.replace("open_shop", "open_all").replace(
        "def take(self, article)", "def take(self, article, amount)"
    )
    commits.append(step(root, "Take several at once (#12)\n\nReported by @carol.", shop__stock=renamed))
    moved = renamed.split("\n\n\n")
    (root / "shop/stock.py").unlink()
    opening = '"""Opening."""\n\n' + moved[1] + "\n"
    commits.append(step(root, "Open elsewhere", shop__shelves=moved[0] + "\n", shop__opening=opening))
    marked = opening.replace(
        "alarm):\n", 'alarm):\n    """Opens.\n\n    .. deprecated:: 2.0\n        Use `Stock`.\n    """\n'
    )
    commits.append(step(root, "Discourage opening", shop__opening=marked))
    git(root, "commit", "-q", "--allow-empty", "-m", "Nothing at all")
    step(root, "Reindent", shop__shelves=moved[0].replace("\n\n", "\n\n\n") + "\n")
    git(root, "tag", "2.0")
    (root / "image.bin").write_bytes(b"\0\1\2")
    commit(root, "Add an image")
    with indexed(root) as index:
        yield index, commits


def test_what_a_commit_did_is_told_newest_first(shop):
    index, commits = shop
    assert told(index, "Stock.take") == [
        ("moved", "shop/stock.py"),
        ("changed", "(self, article)"),
        ("added", ""),
    ]
    assert told(index, "open_all") == [("changed", ""), ("deprecated", ""), ("moved", "shop/stock.py"),
                                       ("renamed", "open_shop"), ("added", "")]  # fmt: skip
    (take,) = index.find("Stock.take")
    added = index.changes_of(take.id)[-1]
    assert (added.commit, added.release) == (commits[0], "1.0")
    assert index.changes_of(take.id)[1].after == "(self, article, amount)"
    assert {one.name for one in index.changes_in(commits[1][:8])} == {"Stock", "Stock.take", "open_all"}


def test_what_is_gone_is_told_too(shop):
    (gone,) = shop[0].removed("count_items")
    assert (gone.kind, gone.symbol_id, gone.path) == ("removed", None, "shop/stock.py")
    assert shop[0].was("count_items")
    assert shop[0].was("open_shop")
    assert not shop[0].was("open_all")


def test_spacing_is_no_change_and_what_the_first_commit_holds_no_addition(shop):
    assert "Reindent" not in {one.subject for one in shop[0].changes()}
    assert "Start" not in {one.subject for one in shop[0].changes()}


def test_only_the_newest_change_is_current_when_nothing_came_after(shop):
    index, _ = shop
    (symbol,) = index.find("open_all")
    assert [one.is_current for one in index.changes_of(symbol.id)] == [True, False, False, False, False]


def test_no_person_is_named(shop):
    said = " ".join(f"{one.subject} {one.reason}" for one in shop[0].changes())
    assert "Items were counted by hand before, which nobody liked to do." in said
    assert "Take several at once" in said
    for personal in ("Ada", "Lovelace", "bob", "carol", "@", "Signed", "Co-authored", "#12"):
        assert personal not in said


def test_merged_branches_are_read_and_merges_are_not(tmp_path):
    root = tmp_path / "repo"
    step(root, "Start", a="def first(x):\n    return x\n")
    git(root, "checkout", "-q", "-b", "side")
    step(root, "Add second", b="def second(x):\n    return x\n")
    git(root, "checkout", "-q", "main")
    step(root, "Change first", a="def first(x):\n    return x + 1\n")
    git(root, "merge", "-q", "--no-ff", "-m", "Merge branch 'side' of dave/shop", "side")
    with indexed(root) as index:
        assert {(c.name, c.kind, c.subject) for c in index.changes()} == {
            ("second", "added", "Add second"),
            ("first", "changed", "Change first"),
        }


def test_a_shallow_clone_invents_no_additions(tmp_path):
    root = tmp_path / "repo"
    step(root, "Start", a="def first(x):\n    return x\n")
    step(root, "Change first", a="def first(x):\n    return x + 1\n\n\ndef second(x):\n    return x\n")
    step(root, "Change second", a="def first(x):\n    return x + 1\n\n\ndef second(x):\n    return x * 2\n")
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{root}", "shallow")
    with indexed(tmp_path / "shallow") as index:
        assert [(c.name, c.kind) for c in index.changes()] == [("second", "changed")]


def test_without_git_or_time_there_is_no_history(tmp_path):
    root = write(tmp_path / "plain", {"a.py": "def first(x):\n    return x\n"})
    with indexed(root) as index:
        assert index.changes() == []
    step(root, "Start")
    step(root, "Change first", a="def first(x):\n    return x + 1\n")
    with indexed(root, history_commits=0) as index:
        assert index.changes() == []
    with indexed(root, history_s=0) as index:
        assert index.changes() == []
        assert "commits: no time left" in index.meta["left_out"]
    with indexed(root, history_commits=1) as index:
        assert len(index.changes()) == 1
        assert '"commits: older than the newest 1": 1' in index.meta["left_out"]


def test_a_commit_of_very_many_files_is_counted_and_left_out(tmp_path):
    root = tmp_path / "repo"
    step(root, "Start", a="def first(x):\n    return x\n")
    step(root, "Import", **{f"f{n}": f"def f{n}(x):\n    return {n}\n" for n in range(MOST_FILES + 1)})
    with indexed(root) as index:
        assert index.changes() == []
        assert f'"commits: more than {MOST_FILES} files": 1' in index.meta["left_out"]


def test_nothing_that_the_repository_configures_is_run_or_read(tmp_path):
    root, trap = tmp_path / "repo", f"touch {tmp_path}/sprung"
    step(root, "Start", a="def first(x):\n    return x\n")
    write(root, {".gitattributes": "*.py diff=evil\n"})
    step(root, "Change first", a="def first(x):\n    return x + 1\n")
    os.mkfifo(tmp_path / "pipe")
    for name, value in (
        ("diff.external", trap), ("diff.evil.textconv", trap), ("diff.evil.command", trap), ("core.pager", trap),
        ("log.showSignature", "true"), ("gpg.program", trap), ("diff.orderFile", str(tmp_path / "pipe")),
        ("core.fsmonitor", trap), ("format.pretty", "oneline"), ("diff.renames", "false"), ("log.diffMerges", "off"),
    ):  # fmt: skip
        git(root, "config", name, value)
    with indexed(root) as index:
        assert [(c.name, c.kind) for c in index.changes()] == [("first", "changed")]
    assert not (tmp_path / "sprung").exists()


def test_a_part_of_a_repository_has_its_own_paths(tmp_path):
    root = tmp_path / "repo"
    step(root, "Start", inner__a="def first(x):\n    return x\n", other="def first(x):\n    return x\n")
    step(root, "Change", inner__a="def first(x):\n    return x + 1\n", other="def first(x):\n    return x - 1\n")
    with indexed(root / "inner") as index:
        assert [(c.name, c.path) for c in index.changes()] == [("first", "a.py")]


def test_submodules_and_links_are_passed_over(tmp_path):
    other = tmp_path / "other"
    step(other, "Start", z="def last(x):\n    return x\n")
    root = tmp_path / "repo"
    step(root, "Start", a="def first(x):\n    return x\n")
    git(root, "submodule", "add", "-q", str(other), "sub.py")
    (root / "link.py").symlink_to("a.py")
    step(root, "Link", a="def first(x):\n    return x + 1\n")
    with indexed(root) as index:
        assert [(c.name, c.kind) for c in index.changes()] == [("first", "changed")]


def test_what_comes_from_a_test_is_no_addition(tmp_path):
    root = tmp_path / "repo"
    body = "def helper(x):\n    total = 0\n    for one in x:\n        total += one\n    return total\n"
    step(root, "Start", a="def first(x):\n    return x\n", tests__test_a=body)
    (root / "tests/test_a.py").unlink()
    step(root, "Move the helper", helpers=body)
    with indexed(root) as index:
        assert told(index, "helper") == [("moved", "tests/test_a.py")]


def test_what_came_and_went_and_came_again_was_added_twice(tmp_path):
    root = tmp_path / "repo"
    first, second = "def first(x):\n    return x + 1\n", "\n\ndef second(x):\n    return x * 2\n"
    step(root, "Start", a=first)
    step(root, "Add second", a=first + second)
    step(root, "Remove second", a=first)
    step(root, "Add second again", a=first + second)
    with indexed(root) as index:
        assert told(index, "second") == [("added", ""), ("added", "")]


def test_a_release_of_another_branch_in_between_leaves_it_open_which_was_the_first(tmp_path):
    root = tmp_path / "repo"
    first, second = "def first(x):\n    return x + 1\n", "\n\ndef second(x):\n    return x * 2\n"
    days = iter(range(1, 9))

    def dated(*arguments: str) -> None:
        run = [
            "env",
            f"GIT_COMMITTER_DATE=2020-01-0{next(days)}T00:00:00Z",
            *"git -c user.name=a -c user.email=b".split(),
        ]
        subprocess.run([*run, *arguments], cwd=root, check=True, capture_output=True)

    step(root, "Start", a=first)
    dated("commit", "-q", "--amend", "-m", "Start")
    git(root, "tag", "v1.0")
    step(root, "Add second", a=first + second)
    dated("commit", "-q", "--amend", "-m", "Add second")
    git(root, "checkout", "-q", "-b", "old", "v1.0")
    dated("commit", "-q", "--allow-empty", "-m", "Second as well")
    git(root, "tag", "v1.1")
    git(root, "checkout", "-q", "main")
    dated("commit", "-q", "--allow-empty", "-m", "Release")
    git(root, "tag", "v2.0")
    with indexed(root) as index:
        (one,) = index.find("second")
        assert [each.release for each in index.changes_of(one.id)] == [""]
