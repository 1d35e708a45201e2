"""The server as a whole: its address, its start, its end."""

import subprocess
import sys
import threading
from contextlib import closing

import httpx
import pytest
from serving import Scripted

from forklift.config import DeployConfig
from forklift.deploy import create_app, serve
from forklift.deploy.server import bind, run
from forklift.errors import ServeError, WorkspaceError
from forklift.workspace import create_lift, record_stage


@pytest.fixture
def untrained(tmp_path):
    return create_lift(tmp_path / "untrained")


def test_port_in_use_is_said_before_any_model_is_loaded(untrained):
    record_stage(untrained, "train:sft", "key", None, base="no/such-model")  # loading it would be a ModelError
    with closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"port {port} is in use: choose another with --port"):
            serve(untrained, DeployConfig(port=port), ready=pytest.fail)


def test_address_that_is_not_ours():
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(ServeError, match="choose another address with --host"):
            bind(host, 0)


def test_nothing_trained_yet(untrained):
    with pytest.raises(WorkspaceError, match="forklift train"):
        serve(untrained, DeployConfig(port=0), ready=pytest.fail)


def test_importing_the_stage_brings_no_torch():
    code = "import sys, forklift.deploy; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ready_comes_when_health_answers(lift, index):
    app = create_app(lift, {"sft": Scripted("Hi")}, index)
    seen = []
    ready = threading.Event()

    def announce(url):
        seen.append((url, httpx.get(f"{url}/health").status_code))
        ready.set()

    with closing(bind("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=run, args=(app, listener, announce), daemon=True).start()
        assert ready.wait(20)
    assert seen == [(url, 200)]
