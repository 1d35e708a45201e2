"""What a Space runs, run here: the assembled folder in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import openai
import pytest
from lifts import with_model

from forklift.deploy.space import DEMO, assemble
from forklift.engine import silent

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def space(shop_lift, tiny_model, tmp_path_factory):
    lift = with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("demo") / "shop")
    folder = tmp_path_factory.mktemp("space")
    assemble(lift, "sft", folder, silent)
    return folder


def test_the_folder_runs_by_itself(space):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PORT": "0"}
    command = [sys.executable, "app.py"]
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
            assert client.chat.completions.create(model="sft", messages=asked, max_tokens=4).usage.completion_tokens
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
