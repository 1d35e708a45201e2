"""The map: directories, files, symbols, and what leads from one to another."""

import threading

import httpx
import pytest
from serving import Scripted, serving

from forklift.deploy import create_app


@pytest.fixture(scope="module")
def url(lift, index):
    with serving(create_app(lift, {"sft": Scripted("Hi")}, index)) as url:
        yield url


@pytest.fixture(scope="module")
def shop_url(lift, shop_index):
    with serving(create_app(lift, {"sft": Scripted("Hi")}, shop_index)) as url:
        yield url


def get(url, what, **query):
    return httpx.get(f"{url}/api/{what}", params=query)


def test_root_and_directory(url):
    root = get(url, "map").json()
    assert (root["kind"], root["path"]) == ("directory", "")
    assert root["directories"] == [{"path": "warehouse", "files": 2}]
    inside = get(url, "map", path="warehouse").json()
    truck = next(file for file in inside["files"] if file["path"] == "warehouse/truck.py")
    assert (truck["language"], truck["doc"]) == ("python", "Moves pallets")
    assert {one["name"] for one in inside["central"]} >= {"Truck", "check_weight"}


def test_file_shows_its_outline_in_order(url):
    file = get(url, "map", path="warehouse/truck.py").json()
    lines = [one["line"] for one in file["symbols"]]
    assert lines == sorted(lines)
    assert {one["name"]: one["depth"] for one in file["symbols"]}["Truck.lift_pallet"] == 1


def test_symbol_shows_callers_and_callees(url):
    called = get(url, "symbol", name="check_weight").json()
    assert [one["name"] for one in called["callers"]["list"]] == ["Truck.lift_pallet"]
    assert called["callers"]["list"][0]["at"] == "warehouse/truck.py:11"
    calling = get(url, "symbol", name="Truck.lift_pallet", path="warehouse/truck.py").json()
    assert [one["name"] for one in calling["callees"]["list"]] == ["check_weight"]
    assert calling["inside"]["name"] == "Truck"
    truck = get(url, "symbol", name="Truck").json()
    assert [one["name"] for one in truck["members"]] == ["Truck.lift_pallet"]
    assert truck["doc"] == "A truck that lifts <b>pallets</b> & crates."


def test_families(shop_url):
    error = get(shop_url, "symbol", name="ShopError").json()
    assert "PaymentError" in {one["name"] for one in error["subclasses"]}
    assert [one["name"] for one in get(shop_url, "symbol", name="PaymentError").json()["bases_here"]] == ["ShopError"]
    assert error["changes"] == []  # what the first commit holds was not added by it


def test_finding_names_words_and_paths(url):
    assert [one["name"] for one in get(url, "find", query="Truck").json()["symbols"]] == ["Truck"]
    assert get(url, "find", query="truck.py").json()["paths"] == ["warehouse/truck.py"]
    assert "Truck" in {one["name"] for one in get(url, "find", query="Trukc").json()["symbols"]}
    assert get(url, "find", query="  ").json()["symbols"] == []


@pytest.mark.parametrize(
    "path", ["..", "/", "/etc/passwd", "warehouse/", "../warehouse", "nothing", "warehouse\x00", "."]
)
def test_only_places_of_the_index_are_shown(url, path):
    response = get(url, "map", path=path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("name", ["", "Nothing", "../x", "a" * 5000, "Truck\x00", "%", "*"])
def test_unknown_symbols_are_told_from_servers_that_fail(url, name):
    assert get(url, "symbol", name=name).status_code == 404
    assert get(url, "find", query=name).status_code == 200


def test_many_at_once(url):
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append(get(url, "symbol", name="Truck").status_code)) for _ in "12345"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 5
