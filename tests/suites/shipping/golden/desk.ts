// The client of desk version 2, written by `quater gen typescript`: change the service and write it anew.

/** An exact number, as `12.50`. */
export type Decimal = string;

/** A UUID (RFC 9562). */
export type Uuid = string;

/** A day, as `2026-01-31`. */
export type Day = string;

/** A point in time in UTC, as `2026-01-31T09:00:00.000Z`. */
export type Instant = string;

export interface AddThingThing {
  label: string;
  colour?: Colour;
  price: Decimal;
  weight?: number | null;
}

/** One with corners. */
export interface BoxVariant {
  /** Which of them it is. */
  kind: "Box";
  width: number;
  height: number;
  /** Whether it can be closed. */
  lid: boolean;
}

/** One with corners. */
export interface BoxVariantInput {
  /** Which of them it is. */
  kind: "Box";
  width: number;
  height: number;
  /** Whether it can be closed. */
  lid?: boolean;
}

/** How a thing looks. */
export type Colour = "red" | "green";

/** A round thing. */
export interface DiscVariant {
  /** Which of them it is. */
  kind: "Disc";
  radius: number;
}

/** A round thing. */
export interface DiscVariantInput {
  /** Which of them it is. */
  kind: "Disc";
  radius: number;
}

export interface EchoOutput {
  forms: Form[];
  names: Record<string, number>;
  by: Partial<Record<Colour, number>>;
  pair: [number, string];
  day: Day | null;
  named: Named;
  sender: string | null;
}

export interface EditThingChanges {
  label?: string;
  weight?: number | null;
}

export type Form = DiscVariant | BoxVariant;

export type FormInput = DiscVariantInput | BoxVariantInput;

export interface JoinOutput {
  id: Uuid;
}

export interface Named {
  from: string;
  class: string | null;
}

export interface NamedInput {
  from: string;
  class?: string | null;
}

export interface NoRoomData {
  left: number;
  colour: Colour;
}

export interface PutSheetOutput {
  sheet: StoredFile;
  note: string | null;
}

export interface RememberOutput {
  thought: unknown;
  place: string | null;
  mood: string | null;
}

export interface ThingCard {
  id: Uuid;
  label: string;
  colour: Colour;
  price: Decimal;
  weight: number | null;
  made: Instant;
  sheet: StoredFile | null;
}

/** Part of a list. */
export interface Page<T> {
  items: T[];
  /** The `cursor` of the page after this one; null at the end. */
  next: string | null;
}

/** A file that is kept. */
export interface StoredFile {
  name: string;
  /** In bytes. */
  size: number;
  /** Its media type. */
  type: string;
  /** SHA-256, as hex digits. */
  digest: string;
}

/** An input that breaks a rule. */
export interface Violation {
  /** Where the value came from: `body`, `query`, `path` and the like. */
  in: string;
  /** Which value, as a JSON Pointer. */
  pointer: string;
  code: string;
  detail: string;
}

/** Why a call failed; `code` tells which of them it is. */
export interface Problem<Code extends string, Status extends number, Data = undefined> {
  readonly code: Code;
  readonly status: Status;
  readonly message: string;
  readonly data: Data;
  readonly violations: readonly Violation[];
  /** Names the request in the log of the service. */
  readonly requestId: string | null;
}

/** the input breaks a rule */
export type InvalidProblem = Problem<"Invalid", 422>;

/** a valid credential is needed */
export type UnauthorizedProblem = Problem<"Unauthorized", 401>;

/** this caller may not do that */
export type ForbiddenProblem = Problem<"Forbidden", 403>;

/** there is no such thing, or this caller may not see it */
export type NotFoundProblem = Problem<"NotFound", 404>;

/** the state does not allow it */
export type ConflictProblem = Problem<"Conflict", 409>;

/** too many calls in this time */
export type TooManyProblem = Problem<"TooMany", 429>;

/** the request cannot be read */
export type MalformedProblem = Problem<"Malformed", 400>;

/** the path exists, the method does not */
export type MethodNotAllowedProblem = Problem<"MethodNotAllowed", 405>;

/** the body is larger than the service takes */
export type TooLargeProblem = Problem<"TooLarge", 413>;

/** the body's content type is not one that is read here */
export type UnsupportedMediaProblem = Problem<"UnsupportedMedia", 415>;

/** this service does not answer to that host name */
export type MisdirectedProblem = Problem<"Misdirected", 421>;

/** something went wrong on the server; the request id names it in the log */
export type InternalProblem = Problem<"Internal", 500>;

/** the service cannot answer just now */
export type UnavailableProblem = Problem<"Unavailable", 503>;

/** the request did not arrive in time */
export type TimedOutProblem = Problem<"TimedOut", 408>;

/** Every thing has its place. */
export type NoRoomProblem = Problem<"NoRoom", 409, NoRoomData>;

/** A request that somebody else has to agree to. */
export interface Waiting {
  approval: string;
  operation: string;
  expires: string;
  url: string;
}

/** Nothing is done yet: when somebody has agreed, the same call does it. */
export type WaitingApprovalProblem = Problem<"WaitingApproval", 202, Waiting>;

/** An answer that the contract does not know, as proxies give. */
export type UnexpectedProblem = Problem<"Unexpected", number>;

/** What every call can fail with. */
export type CommonProblem =
  | InvalidProblem
  | UnauthorizedProblem
  | ForbiddenProblem
  | NotFoundProblem
  | TooManyProblem
  | MalformedProblem
  | MethodNotAllowedProblem
  | TooLargeProblem
  | UnsupportedMediaProblem
  | MisdirectedProblem
  | InternalProblem
  | UnavailableProblem
  | TimedOutProblem
  | UnexpectedProblem;

/** Every problem. */
export type AnyProblem =
  | ConflictProblem
  | NoRoomProblem
  | WaitingApprovalProblem
  | CommonProblem;

const codes: ReadonlySet<unknown> = new Set([
  "Invalid",
  "Unauthorized",
  "Forbidden",
  "NotFound",
  "Conflict",
  "TooMany",
  "Malformed",
  "MethodNotAllowed",
  "TooLarge",
  "UnsupportedMedia",
  "Misdirected",
  "Internal",
  "Unavailable",
  "TimedOut",
  "NoRoom",
]);

/** What an answer says that is no success. */
function problem(response: Response, body: unknown): AnyProblem {
  const waits = response.status === 202;
  const code = waits ? "WaitingApproval" : at(body, "code");
  const known = waits || codes.has(code);
  const message = at(body, "detail");
  return {
    code: known ? code : "Unexpected",
    status: response.status,
    message: typeof message === "string" ? message : `the service answered with ${response.status}`,
    data: waits ? body : at(body, "data"),
    violations: at(body, "errors") ?? [],
    requestId: response.headers.get("X-Request-Id"),
  } as AnyProblem;
}

/** What `join` can fail with. */
export type JoinProblem = CommonProblem;

/** What `addThing` can fail with. */
export type AddThingProblem = ConflictProblem | NoRoomProblem | CommonProblem;

/** What `editThing` can fail with. */
export type EditThingProblem = CommonProblem;

/** What `listThings` can fail with. */
export type ListThingsProblem = CommonProblem;

/** What `putSheet` can fail with. */
export type PutSheetProblem = ConflictProblem | CommonProblem;

/** What `throwAway` can fail with. */
export type ThrowAwayProblem = ConflictProblem | WaitingApprovalProblem | CommonProblem;

/** What `echo` can fail with. */
export type EchoProblem = CommonProblem;

/** What `remember` can fail with. */
export type RememberProblem = CommonProblem;

/** What `numbers` can fail with. */
export type NumbersProblem = CommonProblem;

/** How a caller proves who it is. A browser sends cookies by itself. */
export type Credential = { readonly key: string } | { readonly staff: { readonly user: string; readonly password: string } };

function sign(headers: Headers, credential: Credential | undefined, _url: URL): void {
  if (credential !== undefined && "key" in credential) {
    headers.set("x-key", credential.key);
  }
  if (credential !== undefined && "staff" in credential) {
    const { user, password } = credential.staff;
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    headers.set("Authorization", `Basic ${btoa(String.fromCharCode(...bytes))}`);
  }
}

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

/** What `join` takes. */
export interface JoinInput {
  name: string;
  password: string;
  key: string;
}

/** What `addThing` takes. */
export interface AddThingInput {
  thing: AddThingThing;
}

/** What `editThing` takes. */
export interface EditThingInput {
  thing: Uuid;
  changes: EditThingChanges;
}

/** What `listThings` takes. */
export interface ListThingsInput {
  /** Only where `colour` is one of these. */
  colour?: Colour[];
  /** Where the page begins: `next` of the page before it. */
  cursor?: string;
  /** How many items a page has at most. */
  limit?: number;
}

/** What `putSheet` takes. */
export interface PutSheetInput {
  thing: Uuid;
  sheet: Blob;
  note?: string;
}

/** What `throwAway` takes. */
export interface ThrowAwayInput {
  thing: Uuid;
}

/** What `echo` takes. */
export interface EchoInput {
  forms: FormInput[];
  names: Record<string, number>;
  by: Partial<Record<Colour, number>>;
  pair: [number, string];
  day?: Day | null;
  named: NamedInput;
  sender?: string;
}

/** What `remember` takes. */
export interface RememberInput {
  thought: unknown;
  place?: string;
  mood?: string;
}

/** A value as a segment of a path. */
function segment(value: unknown): string {
  return encodeURIComponent(text(value));
}

/** A desk where things are kept: one of everything that a client can meet. */
export class Client {
  readonly #wire: Wire;

  constructor(settings: Settings) {
    this.#wire = new Wire(settings);
  }

  /** Become somebody. */
  join(input: JoinInput, options: Options = {}): Call<JoinOutput, JoinProblem> {
    const sent = { method: "POST", path: "/people", body: input };
    return this.#wire.call(sent, options, (body) => body as JoinOutput);
  }

  /**
   * Put a thing on the desk.
   *
   * Nothing green fits.
   */
  addThing(input: AddThingInput, options: KeyedOptions = {}): Call<ThingCard, AddThingProblem> {
    const sent = { method: "POST", path: "/things", body: input.thing };
    return this.#wire.call(sent, options, (body) => body as ThingCard);
  }

  /** Say something else about a thing. */
  editThing(input: EditThingInput, options: Options = {}): Call<ThingCard, EditThingProblem> {
    const sent = { method: "PATCH", path: `/things/${segment(input.thing)}`, body: input.changes };
    return this.#wire.call(sent, options, (body) => body as ThingCard);
  }

  /** Things, oldest first. */
  listThings(input: ListThingsInput = {}, options: Options = {}): Call<Page<ThingCard>, ListThingsProblem> {
    const sent = {
      method: "GET",
      path: "/things",
      query: { colour: input.colour, cursor: input.cursor, limit: input.limit },
    };
    return this.#wire.call(sent, options, (body) => body as Page<ThingCard>);
  }

  /** Every item of `listThings`, asked for page by page. */
  async *listThingsItems(
    input: Omit<ListThingsInput, "cursor"> = {},
    options: Options = {},
  ): AsyncGenerator<ThingCard, void, undefined> {
    let page: Page<ThingCard> = await this.listThings(input, options);
    yield* page.items;
    while (page.next !== null) {
      page = await this.listThings({ ...input, cursor: page.next }, options);
      yield* page.items;
    }
  }

  /** Attach a sheet of paper. */
  putSheet(input: PutSheetInput, options: Options = {}): Call<PutSheetOutput, PutSheetProblem> {
    const sent = {
      method: "PUT",
      path: `/things/${segment(input.thing)}/sheet`,
      parts: { sheet: input.sheet, note: input.note },
    };
    return this.#wire.call(sent, options, (body) => body as PutSheetOutput);
  }

  /** Throw a thing away, once somebody else agrees. */
  throwAway(input: ThrowAwayInput, options: Options = {}): Call<void, ThrowAwayProblem> {
    const sent = { method: "DELETE", path: `/things/${segment(input.thing)}` };
    return this.#wire.call(sent, options, () => undefined);
  }

  /** Give values back as they came. */
  echo(input: EchoInput, options: Options = {}): Call<EchoOutput, EchoProblem> {
    const sent = {
      method: "POST",
      path: "/echo",
      headers: { "x-sender": input.sender },
      body: { values: { forms: input.forms, names: input.names, by: input.by, pair: input.pair, day: input.day, named: input.named } },
    };
    return this.#wire.call(sent, options, (body) => at(body, "echoed", "all") as EchoOutput);
  }

  /** Give anything back, and what cookies say beside it. */
  remember(input: RememberInput, options: Options = {}): Call<RememberOutput, RememberProblem> {
    const sent = {
      method: "POST",
      path: "/thoughts",
      cookies: { "place": input.place, "mood": input.mood },
      body: input.thought,
    };
    return this.#wire.call(sent, options, (body) => body as RememberOutput);
  }

  /**
   * The numbers up to three.
   *
   * @deprecated nobody counts any more. It may be gone after 2030-01-31.
   */
  numbers(options: Options = {}): AsyncGenerator<number, void, undefined> {
    return this.#wire.stream({ method: "GET", path: "/numbers" }, options);
  }
}
