"""OpenAI's Batch API: half the price, within a day. Submit, come back later, collect.

https://platform.openai.com/docs/guides/batch; what was submitted is noted in the store, so that nothing is submitted
twice, and a batch that is done is collected by the next run, whichever it is.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forklift.build.llm.call import Dialect, client_key, read_body, request_options
from forklift.build.llm.costs import BATCH_FACTOR
from forklift.build.llm.lane import most_usd
from forklift.build.llm.spec import Teacher
from forklift.build.llm.store import Reply, Request, Store
from forklift.errors import ConfigError, EndpointError, UnfinishedError
from forklift.records import Failure

if TYPE_CHECKING:
    from openai import OpenAI

MOST_REQUESTS = 50_000  # of one batch
MOST_BYTES = 190_000_000  # of one batch; the limit is 200 MB
ENDED = ("completed", "expired", "cancelled", "failed")
TIMEOUT_S = 600.0

Keep = Callable[[Request, Reply | Failure], None]
Check = Callable[[str], str]


def through_batch(
    teacher: Teacher,
    requests: Sequence[Request],
    store: Store,
    check: Check,
    keep: Keep,
    announce: Callable[[str], None],
    budget_usd: float | None = None,
) -> None:
    """Collects the batches that are done, and gives their replies to `keep`; submits what no batch has.

    Raises UnfinishedError while a batch is under way, EndpointError when the endpoint has no batches, ConfigError when
    what would be submitted may cost more than `budget_usd` in all.
    """
    from openai import OpenAIError

    wanted = {request.key: request for request in requests}
    url = teacher.endpoint.base_url
    client = _client(teacher)
    try:
        _recover(client, teacher, store)
        waiting = []
        for batch in store.batches(teacher.model, url, "submitted"):
            state = _collect(client, batch, teacher, wanted, store, check, announce)
            waiting += [] if state in ENDED else [f"{batch} ({state})"]
        if waiting:
            raise UnfinishedError(f"waiting for {', '.join(waiting)}: run the same command again later to collect")
        missing = [request for request in requests if not store.find(request, [teacher.model])]
        again = [request for request in missing if not store.faults(request)]
        if again:
            _check_budget(teacher, again, store, budget_usd)
            ids = [_submit(client, teacher, part, store) for part in parts_of(again, teacher)]
            raise UnfinishedError(
                f"submitted {len(again)} requests to {teacher.model} as {', '.join(ids)}: "
                "run the same command again later to collect (within a day)"
            )
    except OpenAIError as error:
        said = " ".join(str(error).split())[:200]
        raise EndpointError(f"{url} does not do batches ({said}): leave --batch out to ask directly") from None
    finally:
        client.close()
    for request in requests:
        found = store.find(request, [teacher.model])
        keep(request, found or Failure(next(iter(store.faults(request)), "no reply in the batch")))


def _client(teacher: Teacher) -> "OpenAI":
    try:
        from openai import OpenAI
    except ImportError:
        raise EndpointError("--batch needs a package that is not installed: pip install 'forklift-llm[api]'") from None
    key = client_key(teacher) or "none"
    return OpenAI(api_key=key, base_url=teacher.endpoint.base_url, timeout=TIMEOUT_S, max_retries=4)


def _check_budget(teacher: Teacher, requests: Sequence[Request], store: Store, budget_usd: float | None) -> None:
    if budget_usd is None or teacher.price is None:
        return
    most = sum(most_usd(teacher, one) for one in requests) * BATCH_FACTOR
    if store.spent_usd() + most > budget_usd:
        raise ConfigError(
            f"a batch of {len(requests)} requests may cost {most:.2f} USD, with what was spent more than the budget "
            f"of {budget_usd:g}: raise --budget-usd, or ask about fewer --parts"
        )


def parts_of(requests: Sequence[Request], teacher: Teacher) -> Iterator[tuple[list[Request], bytes]]:
    """The requests in parts that one batch may hold, each with the file to upload."""
    part: list[Request] = []
    lines: list[bytes] = []
    size = 0
    for request in requests:
        line = batch_line(request, teacher)
        if part and (len(part) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
            yield part, b"".join(lines)
            part, lines, size = [], [], 0
        part.append(request)
        lines.append(line)
        size += len(line)
    if part:
        yield part, b"".join(lines)


def batch_line(request: Request, teacher: Teacher) -> bytes:
    """One request as a line of a batch's input file."""
    body = {
        "model": teacher.model,
        "messages": list(request.messages),
        **request_options(request, Dialect("json_schema")),
    }
    line = {"custom_id": request.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(line).encode() + b"\n"


def _submit(client: "OpenAI", teacher: Teacher, part: tuple[list[Request], bytes], store: Store) -> str:
    file = client.files.create(file=("forklift.jsonl", io.BytesIO(part[1])), purpose="batch")
    store.note_batch(file.id, teacher.model, teacher.endpoint.base_url, "uploaded")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    store.note_batch(batch.id, teacher.model, teacher.endpoint.base_url, "submitted")
    store.note_batch(file.id, teacher.model, teacher.endpoint.base_url, "used")
    return batch.id


def _recover(client: "OpenAI", teacher: Teacher, store: Store) -> None:
    """Notes the batches that were submitted by a run that was killed before it could note them."""
    url = teacher.endpoint.base_url
    uploaded = store.batches(teacher.model, url, "uploaded")
    if not uploaded:
        return
    for batch in client.batches.list(limit=100).data:
        if batch.input_file_id in uploaded:
            store.note_batch(batch.id, teacher.model, url, "submitted")
    for file in uploaded:
        store.note_batch(file, teacher.model, url, "used")


def _collect(
    client: "OpenAI",
    batch: str,
    teacher: Teacher,
    wanted: Mapping[str, Request],
    store: Store,
    check: Check,
    announce: Callable[[str], None],
) -> str:
    """Stores the replies of a batch that has ended, also what an expired one got done; its state."""
    found = client.batches.retrieve(batch)
    if found.status not in ENDED:
        return found.status
    kept = 0
    for file in (found.output_file_id, found.error_file_id):
        for line in client.files.content(file).text.splitlines() if file else ():
            kept += _keep_line(line, teacher, wanted, store, check)
    store.note_batch(batch, teacher.model, teacher.endpoint.base_url, "collected")
    announce(f"{batch} {found.status}: {kept} replies")
    return found.status


def _keep_line(line: str, teacher: Teacher, wanted: Mapping[str, Request], store: Store, check: Check) -> bool:
    """Stores one line of a batch's output; whether it is a good reply."""
    try:
        row: Any = json.loads(line)
        request = wanted[row["custom_id"]]
        response = row.get("response") or {}
        status, body = response.get("status_code"), response.get("body")
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    if status != 200:
        store.note_failure(request, teacher.model, f"status {status} in the batch")
        return False
    came = read_body(json.dumps(body).encode(), teacher, 0.0)
    reply = came if isinstance(came, Reply) else came.reply
    if reply is None:
        return False
    fault = check(came.text) if isinstance(came, Reply) else came.reason
    price = teacher.price
    cost = price.cost_usd(reply.tokens_in, reply.tokens_cached, reply.tokens_out) * BATCH_FACTOR if price else None
    store.keep(request, reply, teacher.endpoint.base_url, cost, fault)
    return not fault
