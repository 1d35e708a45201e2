"""What a Space runs, run here: the assembled folder in a process of its own."""

import os
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import httpx
import openai
import pytest
from lifts import with_model
from packaging.requirements import Requirement

from forklift.deploy.space import DEMO, assemble
from forklift.engine import silent

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def space(shop_lift, tiny_model, tmp_path_factory):
    lift = with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("demo") / "shop")
    folder = tmp_path_factory.mktemp("space")
    assemble(lift, "sft", folder, silent)
    return folder


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """A directory with what the requirements of the Space install, and nothing else."""
    folder = tmp_path_factory.mktemp("packages")
    wanted = [Requirement(line) for line in (DEMO / "requirements.txt").read_text().splitlines() if line[:1] != "#"]
    installed = set()
    while wanted:
        one = wanted.pop()
        if (one.name, *sorted(one.extras)) in installed:
            continue
        installed.add((one.name, *sorted(one.extras)))
        found = distribution(one.name)
        for name in {file.parts[0] for file in found.files} - {"..", "__pycache__"}:
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(found.locate_file(name))
        needs = map(Requirement, found.requires or ())
        wanted += [
            need
            for need in needs
            if not need.marker or any(need.marker.evaluate({"extra": extra}) for extra in ("", *one.extras))
        ]
    return folder


def test_the_folder_runs_by_itself(space, packages):
    environment = {**os.environ, "PORT": "0", "PYTHONPATH": str(packages)}
    command = [sys.executable, "-S", "app.py"]  # without what else is installed here
    (space / "forklift" / "deploy" / "page" / "page.css").write_text("/* its own copy of the package */")
    with subprocess.Popen(command, cwd=space, env=environment, stdout=subprocess.PIPE, text=True) as running:
        try:
            url = running.stdout.readline().strip()
            page = httpx.get(url, headers={"Host": "me-shop.hf.space"})
            assert page.status_code == 200
            assert "frame-ancestors https://huggingface.co" in page.headers["content-security-policy"]
            assert "x-frame-options" not in page.headers
            about = httpx.get(f"{url}/api/lift").json()
            assert (about["name"], about["keeps_votes"]) == ("shop", False)
            client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=30)
            asked = [{"role": "user", "content": "What is Stock?"}]
            for model in ("sft", "sft+retrieval+checked"):
                done = client.chat.completions.create(model=model, messages=asked, max_tokens=4)
                assert done.usage.completion_tokens
            form = {"type": "json_object"}
            assert client.chat.completions.create(
                model="sft", messages=asked, max_tokens=4, response_format=form
            ).choices
            for path in ("api/map", "metrics"):
                assert httpx.get(f"{url}/{path}").status_code == 200, path
            assert httpx.get(f"{url}/page.css").text == "/* its own copy of the package */"
        finally:
            running.kill()


def test_without_a_lift_it_is_one_line(tmp_path):
    command = [sys.executable, str(DEMO / "app.py"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"demo: {tmp_path} is not a lift directory")


def test_requirements_are_those_that_were_tested():
    """Every pin of the Space is the pin of the project."""
    tested = dict(re.findall(r"^([\w.-]+)==([\w.+-]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    wanted = dict(re.findall(r"^([\w.-]+)==([\w.+-]+)", (DEMO / "requirements.txt").read_text(), re.MULTILINE))
    assert wanted
    assert wanted.items() <= tested.items()
