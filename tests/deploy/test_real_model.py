"""The whole stage with a real model, in a process of its own: load, announce, answer, end on Ctrl-C."""

import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import openai
import pytest

from forklift.workspace import create_lift, record_stage

SERVE = """
import sys
from pathlib import Path
from forklift.config import DeployConfig
from forklift.deploy import serve
from forklift.workspace import open_lift
serve(open_lift(Path(sys.argv[1])), DeployConfig(port=0), lambda url: print(url, flush=True))
"""
HELLO = [{"role": "user", "content": "What does Truck.lift_pallet do?"}]


@contextmanager
def process(root):
    command = [sys.executable, "-c", SERVE, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def trained(tmp_path, index_file, tiny_model):
    lift = create_lift(tmp_path / "trained")
    shutil.copy(index_file, lift.index)
    shutil.copytree(tiny_model, lift.model("sft"))
    record_stage(lift, "train:sft", "key", None, base=str(tiny_model))
    return lift


def test_serves_real_models_until_ctrl_c(trained):
    with process(trained.root) as running:
        url = running.stdout.readline().strip()
        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=30)
        assert {model.id.partition("+")[0] for model in client.models.list()} == {"base", "sft"}
        check_answers(client)
        stream = client.chat.completions.create(model="sft", messages=HELLO, stream=True, max_tokens=200, seed=1)
        next(iter(stream))
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
        assert running.stderr.read() == ""


def check_answers(client):
    settings = {"messages": HELLO, "max_tokens": 12, "temperature": 1.0, "seed": 4}
    whole = [client.chat.completions.create(model=name, **settings) for name in ("sft", "sft", "base")]
    texts = {done.choices[0].message.content for done in whole}
    assert len(texts) == 1  # the same weights, the same seed
    tokens = whole[0].usage.completion_tokens
    assert 0 < tokens <= 12
    assert whole[0].choices[0].finish_reason == ("length" if tokens == 12 else "stop")
    chunks = client.chat.completions.create(model="sft", stream=True, **settings)
    assert {"".join(chunk.choices[0].delta.content or "" for chunk in chunks)} == texts
    with pytest.raises(openai.BadRequestError, match="256"):
        client.chat.completions.create(model="sft", messages=[{"role": "user", "content": "pallet " * 300}])
