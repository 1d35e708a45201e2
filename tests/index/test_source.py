"""Which files are read, from git and from disk, and that nothing leads out of the repository."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from repositories import commit, git, indexed, write

from forklift.config import BuildConfig
from forklift.engine import silent
from forklift.errors import SourceError
from forklift.index import IndexSummary, build_index, checkout, source_hash, web_address

CODE = "def f():\n    return 1\n"


def build(root: Path, **settings: int) -> IndexSummary:
    return build_index(root, root.parent / "index.sqlite", BuildConfig(**settings), silent)


def paths(root: Path) -> list[str]:
    with indexed(root) as index:
        return [file.path for file in index.files()]


# git


def test_git_reads_head_and_not_the_work_tree(tmp_path):
    root = write(tmp_path / "repo", {"a.py": CODE, "b/c.py": CODE})
    sha = commit(root)
    write(root, {"a.py": "def changed(): ...\n", "untracked.py": CODE})
    with indexed(root) as index:
        assert [file.path for file in index.files()] == ["a.py", "b/c.py"]
        assert index.meta["commit"] == sha
        assert index.find("f")
        assert not index.find("changed")


def test_a_bare_repository(tmp_path):
    commit(write(tmp_path / "repo", {"a.py": CODE}))
    git(tmp_path, "clone", "-q", "--bare", "repo", "bare.git")
    assert paths(tmp_path / "bare.git") == ["a.py"]


def test_a_directory_below_the_top_of_a_repository(tmp_path):
    commit(write(tmp_path / "repo", {"a.py": CODE, "sub/b.py": CODE, "sub/deep/c.py": CODE}))
    assert paths(tmp_path / "repo/sub") == ["b.py", "deep/c.py"]


def test_an_untracked_directory_inside_a_repository_is_walked(tmp_path):
    commit(write(tmp_path / "repo", {".gitignore": "downloads/\n", "a.py": CODE}))
    write(tmp_path / "repo/downloads/thing", {"b.py": CODE})
    with indexed(tmp_path / "repo/downloads/thing") as index:
        assert [file.path for file in index.files()] == ["b.py"]
        assert index.meta["commit"] == ""


def test_a_repository_without_commits_is_walked(tmp_path):
    root = write(tmp_path / "repo", {"a.py": CODE})
    git(root, "init", "-q")
    assert paths(root) == ["a.py"]


def test_worktrees_are_followed_and_forged_git_files_are_not(tmp_path):
    main = write(tmp_path / "main", {"secret.py": CODE})
    commit(main)
    git(main, "worktree", "add", "-q", "../linked", "-b", "other")
    assert paths(tmp_path / "linked") == ["secret.py"]
    forged = write(tmp_path / "forged", {".git": f"gitdir: {main / '.git'}\n", "mine.py": CODE})
    assert paths(forged) == ["mine.py"]
    linked = write(tmp_path / "symlinked", {"mine.py": CODE})
    (linked / ".git").symlink_to(main / ".git")
    assert paths(linked) == ["mine.py"]


def test_hooks_and_configured_commands_never_run(tmp_path):
    root = write(tmp_path / "repo", {"a.py": CODE, ".gitattributes": "*.py filter=evil diff=evil\n"})
    commit(root)
    trap = f"touch {tmp_path / 'ran'}"
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.evil.smudge", "diff.evil.textconv"):
        git(root, "config", name, trap)
    write(root / ".git/hooks", {"post-checkout": f"#!/bin/sh\n{trap}\n", "post-index-change": f"#!/bin/sh\n{trap}\n"})
    for hook in (root / ".git/hooks").iterdir():
        hook.chmod(0o755)
    assert "a.py" in paths(root)
    assert not (tmp_path / "ran").exists()


def test_git_variables_of_a_surrounding_hook_are_ignored(tmp_path, monkeypatch):
    commit(write(tmp_path / "outer", {"outer.py": CODE}))
    commit(write(tmp_path / "repo", {"a.py": CODE}))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "outer/.git"))
    assert paths(tmp_path / "repo") == ["a.py"]


def test_odd_names_in_git(tmp_path):
    names = ["with space.py", "new\nline.py", "tab\t.py", "ünïcode/é.py", '"quoted".py', "-dash.py", "[x].py"]
    root = write(tmp_path / "repo", dict.fromkeys(names, CODE))
    commit(root)
    assert paths(root) == sorted(names)
    with indexed(root) as index:
        assert {symbol.path for symbol in index.find("f")} == set(names)
        assert index.lines("new\nline.py", 1, 1) == ["def f():"]


def test_links_and_submodules_in_git_are_counted(tmp_path):
    other = write(tmp_path / "other", {"x.py": CODE})
    commit(other)
    root = write(tmp_path / "repo", {"a.py": CODE})
    (root / "link.py").symlink_to("/etc/passwd")
    git(root, "init", "-q")
    git(root, "submodule", "add", "-q", str(other), "sub")
    commit(root)
    assert build(root).left_out == {"symlink": 1, "submodule": 1}


def test_a_missing_object_is_counted_as_unreadable(tmp_path):
    root = write(tmp_path / "repo", {"a.py": CODE, "b.py": "def g(): ...\n"})
    commit(root)
    blob = git(root, "rev-parse", "HEAD:b.py")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    summary = build(root)
    assert (summary.unreadable, summary.left_out, summary.files) == (["b.py"], {"unreadable": 1}, 1)


# disk


def test_ignore_rules_on_disk(tmp_path):
    root = write(
        tmp_path / "repo",
        {
            ".gitignore": "*.log.py\n/top.py\nout/\n",
            "a.py": CODE,
            "x.log.py": CODE,
            "top.py": CODE,
            "sub/top.py": CODE,
            "out/b.py": CODE,
            "sub/.gitignore": "!x.log.py\nc.py\n",
            "sub/x.log.py": CODE,
            "sub/c.py": CODE,
            "node_modules/d.py": CODE,
            ".venv/e.py": CODE,
            "build/f.py": CODE,
            "src/build/g.py": CODE,
            "x.egg-info/h.py": CODE,
        },
    )
    code = [path for path in paths(root) if path.endswith(".py")]
    assert code == ["a.py", "src/build/g.py", "sub/top.py", "sub/x.log.py"]


def test_an_ignore_file_that_leaves_nothing_is_not_followed(tmp_path):
    """Debian's linux-source has one for its packaging: `/*`, `!/debian/`."""
    write(tmp_path, {".gitignore": "/*\n!/debian/\n", "kernel/fork.py": CODE, "node_modules/x.py": CODE})
    assert [path for path in paths(tmp_path) if path.endswith(".py")] == ["kernel/fork.py"]


def test_nothing_on_disk_leads_out_or_in_circles(tmp_path):
    write(tmp_path / "outside", {"secret.py": "def secret(): ...\n"})
    root = write(tmp_path / "repo", {"a.py": CODE, "sub/b.py": CODE})
    (root / "sub/loop").symlink_to(root)
    (root / "self").symlink_to("self")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "out.py").symlink_to(tmp_path / "outside/secret.py")
    os.mkfifo(root / "pipe.py")
    summary = build(root)
    assert (summary.files, summary.left_out) == (2, {"not a file": 1, "symlink": 4})


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    root = write(tmp_path / "repo", {"a.py": CODE, "b.py": CODE})
    real = os.open

    def refusing(path: str, *arguments: int, **more: Any) -> int:
        if str(path).endswith("b.py"):
            raise PermissionError(13, "denied")
        return real(path, *arguments, **more)

    monkeypatch.setattr("forklift.index.source.os.open", refusing)
    summary = build(root)
    assert (summary.unreadable, summary.files) == (["b.py"], 1)


def test_names_on_disk_that_are_no_utf8(tmp_path):
    root = write(tmp_path / "repo", {"a.py": CODE})
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.py")).write_text("def g(): ...\n")
    assert paths(root) == ["a.py", "caf\ufffd.py"]


# contents


def test_what_is_left_out_and_why(tmp_path):
    root = write(
        tmp_path / "repo",
        {
            "a.py": CODE,
            "big.py": "x = 1\n" * 1000,
            "nul.py": b"x = 1\0",
            "noise.py": bytes(range(128, 256)) * 8,
            "made.py": "# @generated by a tool\nx = 1\n",
            "pb.go": "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n",
            "poetry.lock": "x",
            "vendor/v.py": CODE,
            "a/_vendor/v.py": CODE,
            "jquery.min.js": "var a;",
            "packed.js": "var a = 1;" * 60,
            "server.key": "secret",
            "ci.txt": "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\n",
            "talks_of_it.py": "text = 'DO NOT EDIT'\n",
        },
    )
    summary = build(root, max_file_bytes=3000, max_line_bytes=300)
    assert summary.left_out == {
        "binary": 1,
        "generated": 3,
        "minified": 2,
        "not text": 1,
        "secret": 2,
        "too large": 1,
        "vendored": 2,
    }
    assert summary.files == 2


def test_bad_utf8_line_ends_and_marks(tmp_path):
    root = write(
        tmp_path / "repo",
        {
            "latin.py": b"# caf\xe9 and more than enough plain text\ndef latin():\n    'd\xe9j\xe0'\n",
            "crlf.py": b"def crlf():\r\n    '''doc'''\r\n",
            "bom.py": b"\xef\xbb\xbfdef bom(): ...\n",
            "empty.py": b"",
            "feed.py": b"x = 1\n\x0c\ndef feed(): ...",
        },
    )
    with indexed(root) as index:
        assert index.find("latin")[0].doc == "d\ufffdj\ufffd"
        assert (index.find("crlf")[0].doc, index.lines("crlf.py", 1, 2)) == ("doc", ["def crlf():", "    '''doc'''"])
        assert index.find("bom")[0].line == 1
        assert index.lines("feed.py", 3, 9) == ["def feed(): ..."]
        assert {file.path: file.lines for file in index.files()} == {
            "latin.py": 3, "crlf.py": 2, "bom.py": 1, "empty.py": 0, "feed.py": 3,
        }  # fmt: skip


def test_prose_is_kept_without_symbols(tmp_path):
    files = {"a.py": CODE, "README.md": "# Title\n", "x.yaml": "a: 1\n", "data.json": '{"a": 1}', "NOTES": "hm\n"}
    with indexed(write(tmp_path / "repo", files)) as index:
        assert {file.path: file.language for file in index.files()} == {
            "NOTES": "", "README.md": "", "a.py": "python", "data.json": "", "x.yaml": "",
        }  # fmt: skip
        assert index.lines("README.md", 1, 1) == ["# Title"]
        assert [symbol.name for symbol in index.symbols()] == ["f"]


# errors


def test_what_is_no_repository_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "prose", {"README.md": "# Title\n", "b.bin": b"\0", "c.txt": "x"})
    for name, message in {
        "file": "not a directory",
        "missing": "does not exist",
        "empty": "is empty",
        "prose": r"holds no code and no documents: 3 files seen \(2 text without definitions, 1 binary\)",
    }.items():
        with pytest.raises(SourceError, match=message):
            build(tmp_path / name)
        assert not (tmp_path / "index.sqlite").exists()


# checkout and hash


def test_checkout_of_a_url_clones_reuses_and_refreshes(tmp_path):
    remote = write(tmp_path / "boats", {"a.py": CODE})
    commit(remote)
    url, clone = f"file://{remote}", tmp_path / "lift/source.git"
    assert checkout(url, clone, silent) == clone
    assert build(clone).name == "boats"
    before = (clone / "HEAD").stat().st_ino
    write(remote, {"b.py": "def g(): ...\n"})
    sha = commit(remote)
    assert build(checkout(url, clone, silent)).commit == sha
    assert (clone / "HEAD").stat().st_ino == before
    commit(write(tmp_path / "cars", {"c.py": CODE}))
    assert build(checkout(f"file://{tmp_path / 'cars'}", clone, silent)).name == "cars"


def test_checkout_of_a_directory_is_the_directory(tmp_path):
    assert checkout(str(tmp_path), tmp_path / "clone", silent) == tmp_path
    with pytest.raises(SourceError, match="does not exist"):
        checkout(str(tmp_path / "nothing"), tmp_path / "clone", silent)


def test_a_failing_clone_says_why_and_leaves_nothing(tmp_path):
    with pytest.raises(SourceError, match=r"cannot fetch file:///nowhere/x: fatal: .*not"):
        checkout("file:///nowhere/x", tmp_path / "clone", silent)
    assert list(tmp_path.iterdir()) == []


def test_credentials_of_a_url_are_neither_shown_nor_kept(tmp_path):
    with pytest.raises(SourceError) as caught:
        checkout("https://me:hunter2@localhost:1/x.git", tmp_path / "clone", silent)
    assert "hunter2" not in str(caught.value)


def test_the_hash_follows_what_would_be_indexed(tmp_path):
    config = BuildConfig()
    root = write(tmp_path / "repo", {"a.py": CODE, ".gitignore": "ignored.py\n"})
    plain = source_hash(root, config)
    write(root, {"ignored.py": CODE})
    assert source_hash(root, config) == plain
    write(root, {"a.py": CODE + "\n"})
    assert source_hash(root, config) != plain
    sha = commit(root)
    assert source_hash(root, config) == sha
    write(root, {"a.py": "changed"})
    assert source_hash(root, config) == sha
    shutil.rmtree(root / ".git")
    assert source_hash(root, config) != sha


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://github.com/pallets/flask.git", "https://github.com/pallets/flask"),
        ("https://user:secret@github.com/a/b", "https://github.com/a/b"),
        ("git@github.com:a/b.c.git", "https://github.com/a/b.c"),
        ("ssh://git@gitlab.com/group/sub/name/", "https://gitlab.com/group/sub/name"),
        ("https://example.com/a/b", ""),
        ("https://github.com.evil.com/a/b", ""),
        ("javascript://github.com/a/b", ""),
        ("/home/me/repo", ""),
    ],
)
def test_where_a_repository_is_on_the_web(tmp_path, origin, address):
    commit(write(tmp_path / "repo", {"a.py": CODE}))
    git(tmp_path / "repo", "remote", "add", "origin", origin)
    assert web_address(tmp_path / "repo") == address
    assert web_address(write(tmp_path / "plain", {"a.py": CODE})) == ""
