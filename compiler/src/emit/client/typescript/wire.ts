/** What every call takes beside its input. */
export interface Options {
  /** Gives the call up. */
  readonly signal?: AbortSignal;
}

/** The same for a call that can be made again safely. */
export interface KeyedOptions extends Options {
  /** Names the call: the same key gives the first result again. */
  readonly key?: string;
}

/** What a call came to. */
export type Outcome<T, P> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: P };

/**
 * A call under way. `await` gives its value, or throws a `ServiceError`; `outcome()` gives the value or the problem,
 * and throws only where nothing was answered.
 */
export class Call<T, P extends AnyProblem> implements PromiseLike<T> {
  readonly #outcome: Promise<Outcome<T, P>>;

  constructor(outcome: Promise<Outcome<T, P>>) {
    this.#outcome = outcome;
  }

  outcome(): Promise<Outcome<T, P>> {
    return this.#outcome;
  }

  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const value = this.#outcome.then((outcome) => {
      if (outcome.ok) return outcome.value;
      throw new ServiceError(outcome.problem);
    });
    return value.then(done, failed);
  }
}

/** A problem that was thrown. */
export class ServiceError extends Error {
  readonly problem: AnyProblem;

  constructor(problem: AnyProblem) {
    super(problem.message);
    this.name = "ServiceError";
    this.problem = problem;
  }
}

/** Where the service is, and who calls it. */
export interface Settings {
  /** Its root, as `https://store.example`. */
  readonly url: string;
  /** Who calls; a function is asked before each call. */
  readonly credential?: Credential | (() => Credential | undefined | Promise<Credential | undefined>);
  /** What sends requests, where that is not the platform's own. */
  readonly fetch?: typeof fetch;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly parts?: Readonly<Record<string, unknown>>;
}

/** A value where there is no JSON. */
function text(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What is given of some values. */
function given(values: Readonly<Record<string, unknown>> | undefined): [string, unknown][] {
  return Object.entries(values ?? {}).filter(([, value]) => value !== undefined && value !== null);
}

/** Adds a cookie. What would end it, and begin another one, is refused: services read the text as it is. */
function cookie(headers: Headers, name: string, value: string): void {
  if (!/^(?:[!#-:<-~](?:[ !#-:<-~]*[!#-:<-~])?)?$/.test(value)) {
    throw new TypeError(`the cookie "${name}" is visible ASCII without semicolons, quotes and spaces around it`);
  }
  const before = headers.get("Cookie");
  headers.set("Cookie", `${before === null ? "" : `${before}; `}${name}=${value}`);
}

/** What stands behind some members of a body. */
function at(body: unknown, ...path: readonly string[]): unknown {
  let value = body;
  for (const name of path) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** An item of a stream; what it failed with is thrown. */
function item(response: Response, line: unknown): unknown {
  const [status, failed] = [at(line, "status"), at(line, "problem")];
  if (typeof status !== "number" || typeof failed !== "object" || Object.keys(line as object).length !== 2) return line;
  throw new ServiceError(problem(new Response(null, { status, headers: response.headers }), failed));
}

/** Sends requests. */
class Wire {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Makes a call whose answer is one value. */
  call<T, P extends AnyProblem>(sent: Sent, options: KeyedOptions, read: (body: unknown) => T): Call<T, P> {
    const made = async (): Promise<Outcome<T, P>> => {
      const response = await this.#send(sent, "application/json", options);
      const body = parsed(await response.text());
      if (response.ok && response.status !== 202) return { ok: true, value: read(body) };
      return { ok: false, problem: problem(response, body) as P };
    };
    return new Call(made());
  }

  /** Makes a call whose answer comes item by item, as lines of JSON. */
  async *stream<T>(sent: Sent, options: Options): AsyncGenerator<T, void, undefined> {
    const response = await this.#send(sent, "application/x-ndjson", options);
    if (!response.ok || response.body === null) {
      throw new ServiceError(problem(response, parsed(await response.text())));
    }
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield item(response, JSON.parse(line)) as T;
      }
    } finally {
      await reader.cancel();
    }
  }

  async #send(sent: Sent, accept: string, options: KeyedOptions): Promise<Response> {
    const root = this.#settings.url.replace(/\/+$/, "");
    const url = new URL(root + sent.path);
    for (const [name, value] of given(sent.query)) url.searchParams.set(name, text(value));
    const headers = new Headers({ Accept: `${accept}, application/problem+json` });
    for (const [name, value] of given(sent.headers)) headers.set(name, text(value));
    for (const [name, value] of given(sent.cookies)) cookie(headers, name, text(value));
    if (options.key !== undefined) headers.set("Idempotency-Key", options.key);
    let body: string | FormData | undefined;
    if (sent.parts !== undefined) {
      body = new FormData();
      for (const [name, value] of given(sent.parts)) body.append(name, value instanceof Blob ? value : text(value));
    } else if (sent.body !== undefined) {
      headers.set("Content-Type", "application/json");
      body = JSON.stringify(sent.body);
    }
    const { credential } = this.#settings;
    sign(headers, typeof credential === "function" ? await credential() : credential, url);
    const init: RequestInit = { method: sent.method, headers };
    if (body !== undefined) init.body = body;
    if (options.signal !== undefined) init.signal = options.signal;
    return await (this.#settings.fetch ?? fetch)(url, init);
  }
}
