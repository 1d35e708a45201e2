"""ForkLift's own server as a teacher: a real model, real generations."""

import json
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from asking import numbered

from forklift.build import build
from forklift.build.llm.lane import new_lane
from forklift.build.llm.parse import check_verdict
from forklift.build.llm.pool import ask_pool
from forklift.build.llm.probe import probe_all
from forklift.build.llm.spec import parse_teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.config import EMBEDDED_MODEL, BuildConfig, RecruitConfig
from forklift.engine import silent
from forklift.errors import EndpointError, UnfinishedError
from forklift.workspace import create_lift, open_lift, record_stage

SERVE = """
import sys
from pathlib import Path
from forklift.config import DeployConfig
from forklift.deploy import serve
from forklift.workspace import open_lift
serve(open_lift(Path(sys.argv[1])), DeployConfig(port=0), lambda url: print(url, flush=True))
"""


def trained(built, model, base, root):
    """A copy of a lift at `root` with a model, made from `base`."""
    shutil.copytree(built.root, root)
    lift = open_lift(root)
    shutil.copytree(model, lift.model("sft"))
    record_stage(lift, "train:sft", "key", None, base=base)
    return root


@contextmanager
def served(root):
    with subprocess.Popen([sys.executable, "-c", SERVE, str(root)], stdout=subprocess.PIPE, text=True) as process:
        yield f"base@{process.stdout.readline().strip()}/v1"
        process.kill()


@pytest.fixture(scope="module")
def own_server(shop_lift, tiny_model, tmp_path_factory):
    with served(trained(shop_lift, tiny_model, str(tiny_model), tmp_path_factory.mktemp("served") / "lift")) as spec:
        yield spec


def test_its_generations_are_stored_with_their_tokens(own_server, tmp_path):
    lane = new_lane(parse_teacher(f"{own_server}#concurrency=4"))
    got = {}
    with Store(tmp_path / "teacher.sqlite") as store:
        requests = numbered(6, max_tokens=12)
        outcome = ask_pool([lane], requests, store, lambda request, came: got.__setitem__(request.key, came))
        answered = [one for one in got.values() if isinstance(one, Reply)]
        assert outcome.asked == len(answered) == store.counts()[1] > 0  # a random model may also say nothing at all
        assert all(0 < one.tokens_out <= 12 and one.tokens_in > 0 for one in answered)
        assert lane.usage.cost_usd == 0


def test_its_small_context_is_found_by_the_probe(own_server):
    with pytest.raises(EndpointError, match="#context=256"):
        probe_all([parse_teacher(own_server)], 1000, print)
    told = []
    assert probe_all([parse_teacher(own_server)], 50, told.append)
    assert told == []  # it has a JSON mode


def test_its_replies_have_the_form_that_is_asked_for(own_server, tmp_path):
    schema = {"type": "object", "properties": {"right": {"type": "boolean"}}, "required": ["right"]}
    requests = [
        Request([{"role": "user", "content": str(n)}], 40, schema | {"additionalProperties": False}) for n in range(3)
    ]
    got = []
    with Store(tmp_path / "teacher.sqlite") as store:
        lane = new_lane(parse_teacher(own_server))
        ask_pool([lane], requests, store, lambda request, came: got.append(came), check=check_verdict)
    assert all(json.loads(one.text)["right"] in (True, False) for one in got)
    assert lane.dialect.mode == "bounded"


def test_the_embedded_model_words_questions(shop, shop_lift, tiny_model, tmp_path):
    with served(trained(shop_lift, tiny_model, EMBEDDED_MODEL, tmp_path / "served")) as spec:
        config = BuildConfig(reading_questions=0, teachers=(f"{spec}#task=reword",), teacher_parts=4)
        with pytest.raises(UnfinishedError) as pause:
            build(shop, create_lift(tmp_path / "lift"), config, silent, how=RecruitConfig(preview=8))
    *rows, kept = pause.value.lines
    found = re.match(r"(\d+) wordings kept of 8 drafts", kept)
    assert found
    assert sum(line.startswith("Q: ") for line in rows) == int(found[1])
