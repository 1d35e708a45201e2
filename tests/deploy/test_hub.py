"""deploy --to hub and --to space against a real HTTP server that speaks the hub's endpoints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import HfApi, constants
from lifts import with_model

import forklift
from forklift.deploy.hub import full_name, publish, upload
from forklift.deploy.space import assemble, to_space
from forklift.engine import silent
from forklift.errors import ConfigError, HubError
from forklift.index import open_index
from forklift.workspace import open_lift, read_manifest
from hub_server import TOKEN, hub_server

SOURCES = Path(forklift.__file__).parents[1]


@pytest.fixture(scope="module")
def lifted(shop_lift, tiny_model, tmp_path_factory):
    lift = with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("hub") / "shop")
    lift.scores.mkdir()
    (lift.scores / "report.html").write_text("<h1>Scores</h1>", encoding="utf-8")
    lift.votes.write_text("a vote\n", encoding="utf-8")
    return lift


@pytest.fixture
def hub(monkeypatch):
    with hub_server() as hub:
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        yield hub


def api(hub):
    return HfApi(endpoint=hub.url, token=TOKEN)


def to_hub(lift, name=None, public=False):
    return publish(lift, "sft", name, public, silent, 0)


def test_model_and_dataset_go_to_the_hub_private_and_with_cards(hub, lifted):
    model, dataset = to_hub(lifted)
    assert (model, dataset) == (f"{hub.url}/me/shop-forklift", f"{hub.url}/datasets/me/shop-forklift")
    assert all(repository["private"] for repository in hub.repositories.values())
    files = hub.files("models/me/shop-forklift")
    assert {"config.json", "model.safetensors", "README.md", "tokenizer.json"} <= files.keys()
    assert b"datasets: [me/shop-forklift]" in files["README.md"]
    assert b"shop" in files["README.md"]
    data = hub.files("datasets/me/shop-forklift")
    assert {"README.md", "data/train.parquet", "data/test.parquet"} <= data.keys()
    assert not list(lifted.root.glob(".hub-*"))


def test_again_updates_in_one_commit_and_clears_old_weights(hub, lifted):
    to_hub(lifted, "team/shop", public=True)
    repository = hub.repositories["models/team/shop"]
    assert not repository["private"]
    repository["files"] |= {"model-00001-of-00002.safetensors": b"old", "notes.md": b"mine"}
    to_hub(lifted, "team/shop")
    assert repository["commits"] == 2
    assert "model-00001-of-00002.safetensors" not in repository["files"]
    assert repository["files"]["notes.md"] == b"mine"
    assert not repository["private"]


def test_a_broken_upload_shows_nothing_and_goes_on_where_it_was(hub, lifted, tmp_path):
    for name in ("one.safetensors", "two.safetensors"):
        (tmp_path / name).write_bytes(name.encode() * 100)
    put = []

    def second_upload_breaks(method, path):
        if method == "PUT":
            put.append(path)
        return 403 if method == "PUT" and len(put) == 2 else None

    hub.fails = second_upload_breaks
    with pytest.raises(HubError, match=r"uploading to .*/me/x \(run the same command again.* may not write"):
        upload(api(hub), "model", "me/x", tmp_path, public=False, replaces=[], report=silent)
    assert hub.files("models/me/x") == {}
    hub.fails = lambda method, path: None
    upload(api(hub), "model", "me/x", tmp_path, public=False, replaces=[], report=silent)
    assert set(hub.files("models/me/x")) == {"one.safetensors", "two.safetensors"}
    assert len([path for method, path in hub.requests if method == "PUT"]) == 3  # what had arrived was not sent twice


def test_a_dataset_that_fails_says_that_the_model_is_there(hub, lifted):
    hub.fails = lambda method, path: 403 if "datasets/" in path else None
    with pytest.raises(HubError, match=r"the model is at .*/me/shop-forklift, the dataset is not: "):
        to_hub(lifted)
    assert hub.files("models/me/shop-forklift")


@pytest.mark.parametrize(
    ("status", "path", "said"),
    [
        (401, "/api/whoami-v2", "does not accept the token"),
        (403, "/api/repos/create", "may not write there"),
        (400, "/api/models/me/shop-forklift/commit/main", "uploading to"),
    ],
)
def test_refusals_are_one_line(hub, lifted, status, path, said):
    hub.fails = lambda method, asked: status if asked == path else None
    with pytest.raises(HubError, match=said) as refused:
        to_hub(lifted)
    assert "\n" not in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_no_hub_no_token_no_name(hub, lifted, monkeypatch):
    with pytest.raises(HubError, match="is no name for the hub"):
        full_name(api(hub), lifted, "me/a b")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        to_hub(lifted)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nowhere")
    with pytest.raises(HubError, match="set HF_TOKEN"):
        to_hub(lifted)


def test_a_space_is_made_and_updated(hub, lifted):
    url = to_space(lifted, "sft", None, False, silent)
    assert url == f"{hub.url}/spaces/me/shop-forklift"
    repository = hub.repositories["spaces/me/shop-forklift"]
    assert (repository["private"], repository["sdk"]) == (True, "docker")
    files = repository["files"]
    assert {"app.py", "Dockerfile", "requirements.txt", "README.md", "forklift/deploy/page/index.html"} <= files.keys()
    assert {"lift/index.sqlite", "lift/models/sft/model.safetensors", "lift/scores/report.html"} <= files.keys()
    files["forklift/old.py"] = b"gone in this version"
    to_space(lifted, "sft", None, False, silent)
    assert "forklift/old.py" not in repository["files"]
    assert not list(lifted.root.glob(".space-*"))


def test_the_space_gets_no_secret_and_no_path_of_this_machine(hub, lifted, shop):
    to_space(lifted, "sft", None, False, silent)
    files = hub.files("spaces/me/shop-forklift")
    assert not any(name.startswith(("lift/dataset", "lift/votes", "lift/facts")) for name in files)
    for name, content in files.items():
        for secret in (TOKEN, str(lifted.root), str(shop), str(Path.home()) + "/"):
            assert secret.encode() not in content, (name, secret)


def test_a_space_needs_a_trained_model(hub, lifted, tmp_path):
    with pytest.raises(ConfigError, match="no trained model 'rl'"):
        assemble(lifted, "rl", tmp_path, silent)
    assert hub.repositories == {}


def test_the_metadata_of_a_space_is_what_the_hub_wants(lifted, tmp_path):
    import yaml

    assemble(lifted, "sft", tmp_path, silent)
    metadata = yaml.safe_load((tmp_path / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert metadata["sdk"] == "docker"
    assert metadata["app_port"] == 7860
    assert len(metadata["short_description"]) <= 60
    assert read_manifest(open_lift(tmp_path / "lift"))["stages"]["build"]["repository"].keys() == {
        "name",
        "commit",
        "web",
    }
    with open_index(tmp_path / "lift" / "index.sqlite") as index:
        assert index.find("Stock")


def test_the_command_says_where_it_is(hub, lifted):
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": TOKEN,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": str(SOURCES),
    }
    command = [sys.executable, "-m", "forklift", "deploy", str(lifted.root), "--to", "hub", "--check", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{hub.url}/me/shop-forklift", f"{hub.url}/datasets/me/shop-forklift"]
    environment["HF_TOKEN"] = "hf_wrong"
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("forklift: asking whose the token is failed: the hub does not")
