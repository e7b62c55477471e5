/**
 * The registry as a function from request to answer, without a socket. {@link createHandler} takes the web's `Request` and
 * gives its `Response`; {@link answerRequest} is the same on plain data, which `serve.ts` stands on.
 * @module
 */
import { API_VERSION_2, DOCKER_API_VERSION, OCI_NAMESPACE } from "@teu/spec/distribution/headers";
import { formatAllow, isAllowed } from "@teu/spec/distribution/methods";
import { type Route, parseRoute } from "@teu/spec/distribution/routes";
import { CATALOG_SCOPE, type Scope, repositoryScope } from "@teu/spec/distribution/scope";
import { formatWarnings } from "@teu/spec/distribution/warning";
import { refuse } from "@teu/spec/distribution/wire-error";
import { isTeuError } from "@teu/std/error";
import { type Access, type Action, type Authority, OPEN_AUTHORITY } from "./access.ts";
import { Refusal, answerJson, answerFault, answerProblem } from "./answers.ts";
import { type Answer, type RegistryRequest, isContentBody } from "./exchange.ts";
import { andThen } from "./internal/and-then.ts";
import type { Awaitable } from "./metadata/metadata.ts";
import type { Registry } from "./registry.ts";
import { deleteBlob, getBlob } from "./routes/blobs.ts";
import type { Call, Result } from "./routes/call.ts";
import { listRepositories } from "./routes/catalog.ts";
import { answerExtension, discover } from "./routes/extensions.ts";
import { deleteManifest, getManifest, putManifest } from "./routes/manifests.ts";
import { listReferrers } from "./routes/referrers.ts";
import { listTags } from "./routes/tags.ts";
import { appendUpload, beginUpload, cancelUpload, finishUpload, getUpload } from "./routes/uploads.ts";

/** What answers requests. */
export interface HandlerOptions {
  readonly registry: Registry;
  /** Default: everyone may do everything. */
  readonly authority?: Authority;
  /** Whether there are pages for people. Default: false. */
  readonly web?: boolean;
  /** Told of errors that nobody foresaw; the client learns only that there was one. */
  readonly onError?: (error: unknown) => void;
}

/** Makes a function that answers requests of the web's kind. */
export function createHandler(options: HandlerOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const url = new URL(request.url);
    const answer = await answerRequest(options, {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      header: (name) => request.headers.get(name) ?? undefined,
      body: request.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
      signal: request.signal,
    });
    return toResponse(answer, request.method);
  };
}

function toResponse({ status, headers, body }: Answer, method: string): Response {
  const list = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((line): [string, string] => [name, line]),
  );
  if (method === "HEAD" || body === undefined) return new Response(null, { status, headers: list });
  const content = isContentBody(body) ? ReadableStream.from(body.stream()) : body;
  return new Response(content as ReadableStream<Uint8Array>, { status, headers: list });
}

/** Answers a request, at once where nothing has to be waited for. Never throws or rejects. */
export function answerRequest(options: HandlerOptions, request: RegistryRequest): Awaitable<Answer> {
  try {
    const result = route(options, request);
    if (!(result instanceof Promise)) return finish(result);
    return result.then(finish, (error: unknown) => finish(answerError(options, error)));
  } catch (error) {
    return finish(answerError(options, error));
  }
}

function finish(result: Result): Answer {
  const { status, headers, body } = "kind" in result ? answerProblem(result) : result;
  const all = { ...headers, [DOCKER_API_VERSION]: API_VERSION_2 };
  return body === undefined ? { status, headers: all } : { status, headers: all, body };
}

function answerError(options: HandlerOptions, error: unknown): Answer {
  if (error instanceof Refusal) return answerProblem(error.problem, error.headers);
  if (isTeuError(error, "ERR_HEADER_INVALID")) return answerProblem(refuse("UNSUPPORTED", error.message, 400));
  if (isFull(error)) return answerProblem(refuse("UNAVAILABLE", "the storage has no room", 507));
  options.onError?.(error);
  return answerFault();
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function route(options: HandlerOptions, request: RegistryRequest): Awaitable<Result> {
  const own = options.authority?.answer?.(request);
  if (own !== undefined) return own;
  return options.web === true && !request.path.startsWith("/v2/")
    ? routePage(options, request)
    : routeCall(options, request);
}

async function routePage(options: HandlerOptions, request: RegistryRequest): Promise<Result> {
  const { registry, authority = OPEN_AUTHORITY } = options;
  const { answerWeb } = await import("./web/web.ts");
  return answerWeb(registry, authority, request) ?? routeCall(options, request);
}

function routeCall(
  { registry, authority = OPEN_AUTHORITY }: HandlerOptions,
  request: RegistryRequest,
): Awaitable<Result> {
  const { matched, namespace } = namespaced(registry, request, parseRoute(request.path));
  if (matched.kind === "invalid") return matched;
  if (matched.kind === "none") return refuse("UNSUPPORTED", "no path of this API", 404);
  return andThen(authority.admit(request), (access) => {
    if ("status" in access) return access;
    request.actor = access.actor;
    return (
      refuseAccess(authority, access, { matched, request }) ??
      refuseMethod(registry, matched, request) ??
      andThen(dispatch({ registry, request, access }, matched), (result) =>
        withHeaders(withWarnings(registry, matched, result), namespace),
      )
    );
  });
}

/** A client of a proxy says with `ns` whose repository it means. */
function namespaced(
  { pullThrough }: Registry,
  { method, query, path }: RegistryRequest,
  matched: ReturnType<typeof parseRoute>,
): { readonly matched: ReturnType<typeof parseRoute>; readonly namespace?: string | undefined } {
  const reads = method === "GET" || method === "HEAD";
  if (pullThrough === undefined || !reads || !("name" in matched) || matched.name === undefined) return { matched };
  if (!query.has("ns")) return { matched };
  const { name, namespace } = pullThrough.nameOf(matched.name, query);
  return { matched: parseRoute(path.replace(`/v2/${matched.name}/`, `/v2/${name}/`)), namespace };
}

function withHeaders(result: Result, namespace: string | undefined): Result {
  if (namespace === undefined || "kind" in result) return result;
  return { ...result, headers: { ...result.headers, [OCI_NAMESPACE]: namespace } };
}

function refuseAccess(
  authority: Authority,
  access: Access,
  { matched, request }: { readonly matched: Route; readonly request: RegistryRequest },
): Answer | undefined {
  if (matched.kind === "base") return access.ping ? undefined : authority.deny(access, [], request);
  const wanted = wantedScopes(matched, request);
  if (wanted.every((scope) => allows(access, scope))) return undefined;
  return authority.deny(access, [...wanted, ...mountScope(request)], request);
}

function refuseMethod({ settings }: Registry, { kind }: Route, { method }: RegistryRequest): Result | undefined {
  if (kind !== "extension" && !isAllowed(kind, method))
    return answerProblem(refuse("UNSUPPORTED", method), { Allow: formatAllow(kind) });
  if (method === "DELETE" && kind !== "upload" && !settings.deletes)
    return refuse("UNSUPPORTED", "deleting is switched off");
  return undefined;
}

/** Which rights a request needs. Reading and writing need them whether or not what they are about is there. */
function wantedScopes(matched: Route, { method }: RegistryRequest): readonly Scope[] {
  if (matched.kind === "catalog") return [CATALOG_SCOPE];
  if (!("name" in matched) || matched.name === undefined) return [];
  if (method === "GET" || method === "HEAD") {
    return [repositoryScope(matched.name, matched.kind === "upload" ? "push" : "pull")];
  }
  if (method === "DELETE" && matched.kind !== "upload") return [repositoryScope(matched.name, "delete")];
  return [repositoryScope(matched.name, "pull", "push")];
}

/** A challenge asks for the source of a mount too, so that one token does for both. */
function mountScope({ method, query }: RegistryRequest): Scope[] {
  const from = method === "POST" && query.has("mount") ? query.get("from") : null;
  return from === null || !/^[a-z0-9][a-z0-9._/-]*$/.test(from) ? [] : [repositoryScope(from, "pull")];
}

function allows(access: Access, { type, name, actions }: Scope): boolean {
  if (type === "registry") return access.catalog;
  return actions.every((action) => access.allows(action as Action, name));
}

function withWarnings({ settings }: Registry, matched: Route, result: Result): Result {
  if ("kind" in result || !("name" in matched) || matched.name === undefined) return result;
  const texts = settings.warnings(matched.name);
  return texts.length === 0 ? result : { ...result, headers: { ...result.headers, Warning: formatWarnings(texts) } };
}

function dispatch(call: Call, matched: Route): Awaitable<Result> {
  switch (matched.kind) {
    case "base":
      return answerJson("{}");
    case "catalog":
      return listRepositories(call);
    case "blob":
      return call.request.method === "DELETE"
        ? deleteBlob(call, matched.name, matched.digest)
        : getBlob(call, matched.name, matched.digest);
    case "uploads":
      return beginUpload(call, matched.name);
    case "upload":
      return dispatchUpload(call, matched.name, matched.session);
    case "manifest":
    case "tag":
      return dispatchManifest(call, matched);
    case "tags":
      return listTags(call, matched.name);
    case "referrers":
      return listReferrers(call, matched.name, matched.digest);
    case "discover":
      return discover(matched.name);
    default:
      return dispatchExtension(call, matched);
  }
}

function dispatchUpload(call: Call, name: string, session: string): Promise<Result> {
  switch (call.request.method) {
    case "PATCH":
      return appendUpload(call, name, session);
    case "PUT":
      return finishUpload(call, name, session);
    case "DELETE":
      return cancelUpload(call, name, session);
    default:
      return getUpload(call, name, session);
  }
}

function dispatchManifest(call: Call, matched: Extract<Route, { kind: "manifest" | "tag" }>): Awaitable<Result> {
  const { method } = call.request;
  if (method === "PUT") return putManifest(call, matched.name, matched);
  return method === "DELETE" ? deleteManifest(call, matched.name, matched) : getManifest(call, matched.name, matched);
}

function dispatchExtension(
  call: Call,
  { name, extension, path }: Extract<Route, { kind: "extension" }>,
): Awaitable<Result> {
  const full = [extension, ...path].join("/");
  if (name === undefined || extension !== "_teu") return refuse("EXTENSION_UNKNOWN", full);
  return answerExtension(call, name, full);
}
