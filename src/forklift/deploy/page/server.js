// Talking to the server.

const MAX_TOKENS = 256;
const EVENT_END = "\n\n";

export class Refused extends Error {}

/** A response that is ok. Raises Refused with a line for people. */
export async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  const wait = response.headers.get("Retry-After");
  if (response.status === 429) throw new Refused(`Too many questions are waiting. Try again in ${wait} seconds.`);
  throw new Refused(body.error?.message ?? `The server refused (${response.status}).`);
}

export const read = async (path, query = {}) => (await request(`${path}?${new URLSearchParams(query)}`)).json();

export async function send(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** The chunks of a streamed answer of `model` to a conversation. */
export async function* stream(model, messages, signal) {
  const options = { max_tokens: MAX_TOKENS, stream: true, stream_options: { include_usage: true } };
  for await (const event of events(await send("/v1/chat/completions", { model, messages, ...options }, signal))) {
    if (event.error) throw new Refused(event.error.message);
    yield event;
  }
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const complete = (held + value).split(EVENT_END);
    held = complete.pop();
    for (const event of complete) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}

export const explain = (error) => (error instanceof Refused ? error.message : "The connection to the server was lost.");
