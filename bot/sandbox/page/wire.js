// The page's way to the sandbox: JSON calls, and the stream of hints with polling behind it.

/** The sandbox did not do what was asked; the message can be shown. */
export class CallError extends Error {}

/** Call the sandbox: GET without a body, POST with one. Throws a CallError when there is no answer or a refusal. */
export async function call(path, body) {
  const json = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const options = body === undefined ? {} : { method: "POST", ...(body instanceof FormData ? { body } : json) };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new CallError("нет связи");
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new CallError(data?.error_description || data?.error || `ответ ${answer.status}`);
  return data;
}

/** A wish to run `work` soon: wishes in between are one, and there are never two runs at once. */
export function debounced(work, wait = 120) {
  let timer = 0;
  let running = false;
  const start = async () => {
    timer = 0;
    if (running) {
      timer = setTimeout(start, wait);
      return;
    }
    running = true;
    try {
      await work();
    } catch (error) {
      // A server that is away is noticed by the stream too, and the next hint or poll tries again.
      if (!(error instanceof CallError)) throw error;
    } finally {
      running = false;
    }
  };
  return () => {
    if (!timer) timer = setTimeout(start, wait);
  };
}

const EVENTS = ["message", "board", "clock", "journal", "faults"];
const POLL_EVERY = 2000;

/** Listen to the stream; while it is broken, every hearer is poked each two seconds instead (with null). */
export function listen(hearers, onLink) {
  let polling = 0;
  const pokeAll = () => EVENTS.forEach((name) => hearers[name](null));
  const source = new EventSource("/sandbox/stream");
  source.addEventListener("open", () => {
    clearInterval(polling);
    polling = 0;
    onLink(true);
    pokeAll();
  });
  source.addEventListener("error", () => {
    onLink(false);
    if (!polling) polling = setInterval(pokeAll, POLL_EVERY);
    if (source.readyState === EventSource.CLOSED) {
      setTimeout(() => { clearInterval(polling); listen(hearers, onLink); }, POLL_EVERY);
    }
  });
  for (const name of EVENTS) {
    source.addEventListener(name, (event) => {
      hearers[name](JSON.parse(event.data));
    });
  }
}
