"""What the standard libraries contain, without importing them."""

import math
import sys

import pytest

from forklift.grading import stdlib
from forklift.grading.c_library import HEADERS, NAMES, in_c_library


@pytest.mark.parametrize(
    "name",
    ["json", "json.dumps", "os.path", "os.path.join", "os.environ", "os.getpid", "collections.abc.Mapping",
     "urllib.parse.quote", "hashlib.sha256", "math.pi", "zlib.compress", "time.sleep", "asyncio.gather",
     "concurrent.futures.ThreadPoolExecutor", "unittest.mock.patch", "ssl.CERT_REQUIRED", "socket.AF_INET",
     "http.HTTPStatus", "datetime.datetime.now", "xml.etree.ElementTree.parse", "re.IGNORECASE"],
)  # fmt: skip
def test_members_are_there(name):
    assert stdlib.in_library(name)


@pytest.mark.parametrize(
    "name",
    ["json.explode", "os.path.joins", "os.getpids", "collections.OrderedDicts", "urllib.parse.quotes", "math.tau_pi",
     "hashlib.sha1024", "time.sleeps", "asyncio.gathers", "requests.get", "jsons", ""],
)  # fmt: skip
def test_others_are_not(name):
    assert not stdlib.in_library(name)


def test_nothing_is_imported():
    assert stdlib.in_library("antigravity")
    assert stdlib.in_library("this.s")
    assert stdlib.in_library("tkinter.Tk")
    assert not {"antigravity", "this", "tkinter"} & set(sys.modules)


def test_extension_modules_are_told_by_their_bytes():
    public = [name for name in dir(math) if not name.startswith("_")]
    assert all(stdlib.has_member("math", name) for name in public)
    assert sum(stdlib.has_member("math", f"{name}s") for name in public) <= 2  # ends of other strings in the file


def test_classes_are_known_by_themselves():
    assert all(map(stdlib.is_bare, ("Path", "OrderedDict", "Optional", "Callable", "Mock", "Thread", "BytesIO")))
    assert not any(map(stdlib.is_bare, ("Paths", "Manager2", "dumps")))


def test_what_a_module_binds_is_what_its_members_are():
    words = {"Path", "Lock", "AF_INET", "exit", "__file__", "Event", "gather", "Nothing"}
    for module in ("asyncio", "os.path", "socket", "sys", "threading", "pathlib", "http", "nowhere"):
        names = stdlib.member_names(module) or frozenset()
        assert {name for name in words | names if stdlib.binds(module, name)} == names


def test_a_word_that_no_module_has_parses_none():
    stdlib.member_names.cache_clear()
    assert not stdlib.is_bare("Frobnicator")
    assert stdlib.member_names.cache_info().currsize == 0


@pytest.mark.parametrize(
    "name",
    ["malloc", "strtod", "sqrtf", "size_t", "EOF", "NULL", "INT_MAX", "ENOMEM", "SIGINT", "AF_INET", "O_RDONLY",
     "PRIu64", "stdio.h", "sys/socket.h", "pthread_create", "std::vector"],
)  # fmt: skip
def test_c_has_its_names(name):
    assert in_c_library(name)


@pytest.mark.parametrize("name", ["mallocs", "cJSON_Parse", "strtodf", "INT_MAXIMUM", "stdjson.h", "EXTRA_A", "l", ""])
def test_c_has_no_others(name):
    assert not in_c_library(name)


def test_the_lists_of_c_are_names():
    assert len(NAMES) > 1000
    assert len(HEADERS) > 60
    assert all(name.isidentifier() for name in NAMES)
