// Calls of /v1: JSON there and back, failures as the problem that was told.

export class Problem extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
  }
}

const TOKEN = "haldane.token";

// A token that somebody typed, for this tab. Most get here through a proxy or
// from the controller's own machine and need none.
export const token = {
  get: (): string => sessionStorage.getItem(TOKEN) ?? "",
  set: (value: string): void =>
    value === "" ? sessionStorage.removeItem(TOKEN) : sessionStorage.setItem(TOKEN, value),
};

export function headers(more: Record<string, string> = {}): Record<string, string> {
  const secret = token.get();
  return secret === "" ? more : { ...more, Authorization: `Bearer ${secret}` };
}

export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => "");
  try {
    const told = JSON.parse(text) as { title?: unknown; detail?: unknown };
    return new Problem(response.status, String(told.title ?? response.statusText), String(told.detail ?? ""));
  } catch {
    return new Problem(response.status, `The server answered ${response.status}`, text.slice(0, 300));
  }
}

async function call<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  const options: RequestInit = { method, headers: headers({ Accept: "application/json" }) };
  if (method === "POST") {
    options.headers = headers({ "Content-Type": "application/json" });
    options.body = JSON.stringify(body ?? {});
  }
  let response: Response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(25_000) });
  } catch {
    throw new Problem(0, "No answer", "the controller does not answer");
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

export const get = <T>(path: string): Promise<T> => call<T>("GET", path);
export const post = <T>(path: string, body: unknown): Promise<T> => call<T>("POST", path, body);

export const pathOf = (...parts: string[]): string => "/v1/" + parts.map(encodeURIComponent).join("/");
