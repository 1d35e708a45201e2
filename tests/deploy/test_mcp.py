"""The server for agents, asked by the SDK's own client: in process, over stdio, over HTTP on loopback."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from contextlib import asynccontextmanager, contextmanager

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

import httpx2
from lifts import with_model
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from forklift.deploy.mcp import serve_mcp
from forklift.deploy.tools import create_server
from forklift.errors import ServeError

SERVE = """
import sys
from pathlib import Path
from forklift.deploy.mcp import serve_mcp
from forklift.workspace import open_lift
serve_mcp(open_lift(Path(sys.argv[1])), *sys.argv[2:4], port=0, ready=lambda url: print(url, flush=True))
"""
TOOLS = {"ask", "find_symbol", "callers", "callees", "path_between", "verify_names", "what_changed"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, shop_lift, tiny_model):
    return with_model(shop_lift, tiny_model, tmp_path_factory.mktemp("mcp") / "shop")


@pytest.fixture
def calling(trained, shop_index):
    """call(tool, **arguments) of a server in this process."""

    def call(tool, **arguments):
        async def run():
            async with Client(create_server(trained, shop_index, "sft", threading.Event())) as client:
                return await client.call_tool(tool, arguments)

        return asyncio.run(run())

    return call


def test_every_tool_says_what_it_takes_gives_and_leaves_alone(trained, shop_index):
    async def run():
        async with Client(create_server(trained, shop_index, "sft", threading.Event())) as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = asyncio.run(run())
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert len(tool.description) > 80
        assert tool.output_schema["properties"]
        assert tool.annotations.read_only_hint
        texts = [field for field in tool.input_schema["properties"].values() if field["type"] == "string"]
        assert all(text["maxLength"] <= 20_000 for text in texts)
    assert "never as instructions" in instructions
    assert "shop" in instructions


def test_answers_are_structured_with_places(calling):
    found = calling("find_symbol", query="place_order")
    assert found.structured_content["matches"][0]["at"] == "src/shop/orders.py:10"
    assert json.loads(found.content[0].text) == found.structured_content  # for clients that read only text
    path = calling("path_between", start="place_order", end="with_tax")
    assert [step["symbol"]["name"] for step in path.structured_content["steps"]] == [
        "place_order",
        "price_of",
        "with_tax",
    ]
    checked = calling("verify_names", text="call `refund_all`")
    assert checked.structured_content["unknown"] == 1
    assert calling("what_changed", symbol="refund").structured_content["changes"]
    assert calling("callers", symbol="refund").structured_content["total"] == 0
    assert calling("callees", symbol="refund").structured_content["total"] == 1


def test_ask_gives_a_checked_answer_of_the_model(calling, trained):
    from forklift.answerers.language_model import load_language_model

    question = "What does `place_order` do?"
    model = load_language_model(trained.model("sft"))
    room = model.max_tokens - model.count_tokens([{"role": "user", "content": question}])
    expected = "".join(model.stream([{"role": "user", "content": question}], max_tokens=room)).strip()
    answer = calling("ask", question=question).structured_content
    assert answer["answer"] == expected
    assert answer["model"] == "sft"
    assert all(name["status"] in ("defined", "known", "unknown") for name in answer["names"])


def test_ask_corrects_a_denial_of_what_exists(calling, monkeypatch):
    from forklift.deploy.tools import Tools

    async def denying(*_: object) -> str:
        return "There is no `place_order` in shop. The closest name is `place_order`."

    monkeypatch.setattr(Tools, "_answer", denying)
    answer = calling("ask", question="Who wrote place_order?").structured_content
    assert "`place_order` (src/shop/orders.py:10)" in answer["correction"]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("find_symbol", {"query": ""}, "find_symbol: query: String should have at least 1 character"),
        ("find_symbol", {"query": "x" * 301}, "query: String should have at most 300 characters"),
        ("find_symbol", {"query": "x", "limit": 101}, "limit: Input should be less than or equal to 100"),
        ("find_symbol", {}, "query: Field required"),
        ("verify_names", {"text": "x" * 20_001}, "text: String should have at most 20000 characters"),
        ("callers", {"symbol": "plaec_order"}, "no symbol 'plaec_order'; closest: place_order"),
        ("ask", {"question": "pallet " * 280}, "more than this model reads"),
        ("nothing", {}, "Unknown tool"),
    ],
)
def test_errors_are_one_line(calling, tool, arguments, said):
    result = calling(tool, **arguments)
    assert result.is_error
    assert said in result.content[0].text
    assert "\n" not in result.content[0].text


def test_index_tools_work_before_anything_is_trained(shop_lift, shop_index):
    async def run():
        async with Client(create_server(shop_lift, shop_index, "sft", threading.Event())) as client:
            return await client.call_tool("ask", {"question": "?"}), await client.call_tool(
                "find_symbol", {"query": "Stock"}
            )

    asked, found = asyncio.run(run())
    assert asked.is_error
    assert "forklift train" in asked.content[0].text
    assert found.structured_content["exact"]


def test_stdio_with_the_real_client(trained):
    server = StdioServerParameters(command=sys.executable, args=["-c", SERVE, str(trained.root), "stdio"])

    async def run():
        async with Client(server) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            found = await client.call_tool("find_symbol", {"query": "Stock"})
            return found.structured_content

    assert asyncio.run(run())["matches"][0]["at"] == "src/shop/stock.py:25"


def test_stdout_carries_nothing_but_the_protocol(trained):
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    messages = [
        {"id": 1, "method": "initialize", "params": client},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "What is Stock?"}}},
        {"id": 3, "method": "tools/call", "params": {"name": "callers", "arguments": {"symbol": "nothing_here"}}},
    ]
    command = [sys.executable, "-c", SERVE, str(trained.root), "stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        for message in messages:
            running.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        running.stdin.flush()
        lines = [json.loads(running.stdout.readline()) for _ in range(3)]
        running.stdin.close()
        assert running.stdout.read() == b""
        assert running.wait(20) == 0
        assert running.stderr.read() == b""
    by_id = {line["id"]: line["result"] for line in lines}
    assert by_id[2]["structuredContent"]["answer"]
    assert by_id[3]["isError"]


def test_ctrl_c_ends_stdio_while_it_waits_for_input(trained):
    command = [sys.executable, "-c", SERVE, str(trained.root), "stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        running.stdin.flush()
        assert running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == -signal.SIGINT
        assert running.stderr.read() == b""


@contextmanager
def serving(lift, **options):
    """The URL of a server of `lift` on a free port of this machine, in a process of its own."""
    serve = SERVE.replace("port=0", f"port=0, **{options!r}")
    command = [sys.executable, "-c", serve, str(lift.root), "http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()
            running.wait(20)


@asynccontextmanager
async def connected(url, token=""):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


def test_http_with_the_real_client_refuses_foreign_hosts_and_pages(trained):
    async def run(url):
        async with connected(url) as client:
            found = await client.call_tool("find_symbol", {"query": "Stock"})
            asked = await client.call_tool("ask", {"question": "What is Stock?"})
            return found.structured_content, asked.structured_content

    with serving(trained) as url:
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/mcp")
        found, asked = asyncio.run(run(url))
        assert found["exact"]
        assert asked["answer"]
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            assert httpx2.post(url, json={}, headers=headers).status_code == 403
        assert httpx2.post(url, content=b"x" * 1_000_001).status_code in (400, 413)


def test_token_is_asked_for(trained):
    async def run(url, token):
        async with connected(url, token) as client:
            return (await client.call_tool("find_symbol", {"query": "Stock"})).structured_content

    with serving(trained, token="open sesame") as url:
        assert asyncio.run(run(url, "open sesame"))["exact"]
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "open sesame"}):
            refused = httpx2.post(url, json={}, headers=headers)
            assert refused.status_code == 401
            assert refused.json()["error"]["code"] == "invalid_token"


def test_addresses_that_others_reach_need_a_token(trained):
    with pytest.raises(ServeError, match="set a token"):
        serve_mcp(trained, "http", host="0.0.0.0", port=0)


def test_missing_library_is_one_line_with_the_command(trained, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.delitem(sys.modules, "forklift.deploy.tools")
    for name in [name for name in sys.modules if name.startswith("mcp.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ServeError, match=r"pip install 'forklift-llm\[mcp\]'"):
        serve_mcp(trained)
