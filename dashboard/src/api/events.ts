// The one stream of server-sent events. Read with fetch and not with
// EventSource, which shows neither heartbeats (so a connection that hangs would
// look live) nor why it was refused.
import { headers, Problem, problemOf } from "./client";

// The controller says something every fifteen seconds, if only that there is
// nothing to say.
const SILENCE_MS = 20_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

export interface Listener {
  opened(): void;
  event(kind: string, data: string): void;
  // Called before every new attempt.
  lost(problem: Problem): void;
}

// Splits a stream into events; lines that are none are dropped.
export function parser(emit: (kind: string, data: string, id: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    rest += text;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      let kind = "message";
      let id = "";
      const data: string[] = [];
      for (const line of rest.slice(0, end).split("\n")) {
        const colon = line.indexOf(":");
        if (colon <= 0) continue;
        const value = line.slice(colon + 1).replace(/^ /, "");
        if (line.startsWith("event:")) kind = value;
        else if (line.startsWith("id:")) id = value;
        else if (line.startsWith("data:")) data.push(value);
      }
      rest = rest.slice(end + 2);
      if (data.length > 0) emit(kind, data.join("\n"), id);
    }
  };
}

// Follows for ever; the result ends it.
export function follow(path: string, listener: Listener): () => void {
  let lastId = "";
  let ended = false;
  let failures = 0;
  let abort = new AbortController();

  async function once(): Promise<void> {
    abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    const more: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId !== "") more["Last-Event-ID"] = lastId;
    try {
      const response = await fetch(path, { headers: headers(more), cache: "no-store", signal: abort.signal });
      if (!response.ok || response.body === null) throw await problemOf(response);
      failures = 0;
      listener.opened();
      const feed = parser((kind, data, id) => {
        if (id !== "") lastId = id;
        listener.event(kind, data);
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        clearTimeout(watchdog);
        if (done) return;
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        feed(value);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  async function forever(): Promise<void> {
    while (!ended) {
      let problem = new Problem(0, "Connection lost", "the controller ended the connection");
      try {
        await once();
      } catch (failure) {
        problem =
          failure instanceof Problem ? failure : new Problem(0, "No answer", "the controller does not answer");
      }
      if (ended) return;
      listener.lost(problem);
      const pause = PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)] ?? 8000;
      await new Promise((resume) => setTimeout(resume, pause * (0.75 + Math.random() / 2)));
    }
  }
  void forever();
  return () => {
    ended = true;
    abort.abort();
  };
}
