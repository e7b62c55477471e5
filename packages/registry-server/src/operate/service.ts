/**
 * A registry as operators run it: configuration, users and data put together, served, collected on the hour, reloaded
 * without a restart, and ended with care.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { Authority } from "../access.ts";
import { PasswordCheck } from "../auth/password-check.ts";
import { collectGarbage } from "../collect/collector.ts";
import { allRepositories, applyRetention, planRetention } from "../collect/retention.ts";
import { scrub } from "../collect/scrub.ts";
import { type RegistryConfig, parseConfig } from "../config/config.ts";
import type { HookConfig } from "../config/event-fields.ts";
import { withEnvironment } from "../config/environment.ts";
import { type Environment, dataOptionsOf } from "../config/places.ts";
import { retentionOf, settingsOf } from "../config/policy.ts";
import { openData } from "../data.ts";
import { Dispatcher, type Hook } from "../events/dispatcher.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import { DEFAULT_SETTINGS, type Registry } from "../registry.ts";
import { PullThrough } from "../upstream/pull-through.ts";
import type { OpenUpstream } from "../upstream/upstream.ts";
import { type RunningServer, serveRegistry } from "../serve.ts";
import { makeAuthority, readUsers } from "./accounts.ts";
import { formatAccess } from "./access-log.ts";
import { Metrics } from "./metrics.ts";
import { RateLimit } from "./rate-limit.ts";
import { Telemetry } from "./telemetry.ts";
import { type WatchedKeys, readTls, watchTls } from "./tls.ts";

/** Where a service finds what it needs, and where it tells. */
export interface ServiceOptions {
  readonly config: RegistryConfig;
  /** What goes before the file when that is read again, such as options of a command. Default: nothing. */
  readonly overrides?: Partial<RegistryConfig> | undefined;
  /** File of the configuration, for reloading. Default: none. */
  readonly configFile?: string | undefined;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** Folder of the data. */
  readonly root: string;
  /** Variables of the environment, for the keys of a bucket. Default: none. */
  readonly env?: Environment;
  /** Opens repositories of upstreams. Default: none is asked, whatever the configuration says. */
  readonly openUpstream?: OpenUpstream | undefined;
  /** Takes lines of JSON. Default: nothing is logged. */
  readonly log?: ((line: string) => void) | undefined;
}

/** A registry that runs. Disposing of it lets requests under way end. */
export interface Service extends AsyncDisposable {
  readonly url: string;
  readonly registry: Registry;
  /** Reads configuration, users and keys again. A fault leaves everything as it was, and is thrown. */
  readonly reload: () => Promise<void>;
  /** Applies retention and collects, now. */
  readonly collect: () => Promise<void>;
}

/**
 * Starts a registry.
 * @throws TeuError `ERR_REGISTRY_BUSY`, `ERR_SERVER_CONFIG`, `ERR_HTPASSWD_INVALID`
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  await using cleanup = new AsyncDisposableStack();
  const state = { config: options.config };
  const { registry } = cleanup.use(await openData(options.root, dataOptionsOf(state.config, options.env ?? {})));
  const { openUpstream } = options;
  if (openUpstream !== undefined)
    registry.pullThrough = new PullThrough(
      () => state.config.upstreams,
      openUpstream,
      (error) => logEvent(options, "upstream failed", error),
    );
  const onHookError = (error: unknown): void => logEvent(options, "hook failed", error);
  const hooks = (): readonly Hook[] => state.config.hooks.map((hook) => hookOf(hook, options.folder));
  cleanup.use(new Dispatcher({ hooks, metadata: registry.metadata, onError: onHookError }));
  const { telemetry } = state.config;
  const spans =
    telemetry === undefined
      ? undefined
      : cleanup.use(new Telemetry(telemetry, (error) => logEvent(options, "telemetry failed", error)));
  const passwords = cleanup.use(new PasswordCheck(await readUsers(options.folder, state.config)));
  const authority = await makeAuthority(options, () => state.config, passwords);
  const tls = await watchTls(options, {
    onKeys: (keys) => server.reloadTls(keys),
    onError: (error) => logEvent(options, "no new keys", error),
  });
  if (tls !== undefined) cleanup.use(tls);
  const server = cleanup.use(await serve(options, { registry, authority, tls, spans, state }));
  const collect = (): Promise<void> => collectOnce(options, registry, state.config);
  cleanup.use(every(state.config.collectMs, collect, (error) => logEvent(options, "collection failed", error)));
  const ending = new AbortController();
  const scrubbing = (): Promise<void> => scrubOnce(options, registry, ending.signal);
  cleanup.use(every(state.config.scrubMs, scrubbing, (error) => logEvent(options, "scrubbing failed", error)));
  cleanup.defer(() => ending.abort());
  const rest = cleanup.move();
  return {
    url: server.url,
    registry,
    collect,
    reload: async () =>
      void (state.config = await reload(options, { registry, passwords, server, config: state.config })),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

interface ServedParts {
  readonly registry: Registry;
  readonly authority: Authority;
  readonly tls: WatchedKeys | undefined;
  readonly spans: Telemetry | undefined;
  /** Has another configuration after a reload. */
  readonly state: { readonly config: RegistryConfig };
}

function hookOf({ file, secretFile, ...hook }: HookConfig, folder: string): Hook {
  const secret = async (): Promise<string> => (await readFile(resolve(folder, secretFile ?? ""), "utf8")).trim();
  return {
    ...hook,
    file: file === undefined ? undefined : resolve(folder, file),
    ...(secretFile === undefined ? {} : { secret }),
  };
}

async function serve(
  options: ServiceOptions,
  { registry, authority, tls, spans, state }: ServedParts,
): Promise<RunningServer> {
  const { config, log } = options;
  const metrics = new Metrics({
    teu_registry_uploads: { help: "Uploads under way.", read: () => registry.uploads.size },
    process_resident_memory_bytes: { help: "Memory of the process.", read: () => process.memoryUsage.rss() },
  });
  const limit = new RateLimit({ perSecond: () => state.config.requestsPerSecond });
  const server: RunningServer = await serveRegistry({
    registry,
    authority,
    web: config.web,
    port: config.port,
    ...(config.host === undefined ? {} : { host: config.host }),
    ...(tls === undefined ? {} : { tls: tls.keys }),
    ...(tls?.challenge === undefined ? {} : { tlsChallenge: tls.challenge }),
    before: (request) => answerOperator(request, { metrics, config: state.config, server }) ?? limit.check(request),
    onError: (error) => logEvent(options, "error", error),
    onAnswer: (report) => {
      metrics.record(report);
      spans?.record(report);
      log?.(formatAccess(report, Date.now()));
    },
  });
  return server;
}

/** Requests of those who run the registry: is it there, does it take requests, what does it do. */
function answerOperator(
  { path }: RegistryRequest,
  { metrics, config, server }: { metrics: Metrics; config: RegistryConfig; server: RunningServer },
): Answer | undefined {
  if (path === "/healthz") return plain(200, "ok\n");
  if (path === "/readyz") return server.draining ? plain(503, "draining\n") : plain(200, "ok\n");
  return path === "/metrics" && config.metrics ? metrics.answer() : undefined;
}

function plain(status: number, body: string): Answer {
  return { status, headers: { "Content-Type": "text/plain", "Content-Length": String(body.length) }, body };
}

/** Where it listens, where the data is, whether there are pages, spans, and how often what is done need a restart. */
async function reload(
  options: ServiceOptions,
  running: {
    readonly registry: Registry;
    readonly passwords: PasswordCheck;
    readonly server: RunningServer;
    readonly config: RegistryConfig;
  },
): Promise<RegistryConfig> {
  const { configFile } = options;
  const config =
    configFile === undefined
      ? running.config
      : {
          ...withEnvironment(parseConfig(await readFile(configFile, "utf8"), configFile), options.env ?? {}),
          ...options.overrides,
        };
  const [users, tls] = [await readUsers(options.folder, config), await readTls({ folder: options.folder, config })];
  running.passwords.replaceUsers(users);
  running.registry.settings = { ...DEFAULT_SETTINGS, ...settingsOf(config) };
  if (tls !== undefined) running.server.reloadTls(tls);
  return config;
}

async function collectOnce(options: ServiceOptions, registry: Registry, config: RegistryConfig): Promise<void> {
  // One node at a time: others would find nothing left to do.
  const lock = await registry.metadata.locks?.acquire("collect", false);
  if (registry.metadata.locks !== undefined && lock === undefined) return;
  try {
    await retainAndCollect(options, registry, config);
  } finally {
    await lock?.release();
  }
}

async function retainAndCollect(options: ServiceOptions, registry: Registry, config: RegistryConfig): Promise<void> {
  let retired = 0;
  for await (const repo of allRepositories(registry)) {
    const retention = retentionOf(config, repo);
    if (retention !== undefined)
      retired += await applyRetention(registry, await planRetention(registry, repo, retention));
  }
  const collected = await collectGarbage(registry, { undeleteMs: config.undeleteMs, doomedMs: config.graceMs });
  options.log?.(JSON.stringify({ time: new Date().toISOString(), event: "collected", retired, ...collected }));
}

/** Slow enough that clients do not notice. */
const SCRUB_BYTES_PER_SECOND = 50e6;

async function scrubOnce({ log }: ServiceOptions, registry: Registry, signal: AbortSignal): Promise<void> {
  const lock = await registry.metadata.locks?.acquire("scrub", false);
  if (registry.metadata.locks !== undefined && lock === undefined) return;
  try {
    const found = await scrub(registry, { repair: true, bytesPerSecond: SCRUB_BYTES_PER_SECOND, signal });
    log?.(JSON.stringify({ time: new Date().toISOString(), event: "scrubbed", ...found }));
  } finally {
    await lock?.release();
  }
}

/** Does work again and again until disposed of, which waits for work under way. */
function every(ms: number, work: () => Promise<void>, onError: (error: unknown) => void): AsyncDisposable {
  let running = Promise.resolve();
  const timer = ms > 0 ? setInterval(() => void (running = running.then(work).catch(onError)), ms) : undefined;
  timer?.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function logEvent({ log }: ServiceOptions, event: string, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log?.(JSON.stringify({ time: new Date().toISOString(), event, detail }));
}
