import assert from "node:assert/strict";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { Registry } from "@teu/registry-client/registry";
import { type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import type { FaultRule } from "@teu/registry-client/testing/faults";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { type Ended, teu, teuProcess } from "./programs.ts";

const SECRET = "canary-93be-Secret";
const WRONG = "canary-93be-Wrong";
const IMAGE = sampleImage("canary", { layerBytes: [2_000_000, 1000] });

/** Where somebody logs in, and a host of somebody else that it leads to. */
interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly registry: FakeRegistry;
  readonly foreign: FakeRegistry;
  /** All that was printed. */
  readonly printed: Ended[];
}

async function world(kind: "basic" | "bearer"): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const foreign = cleanup.use(await startFakeRegistry());
  const auth = { kind, username: "me", password: SECRET };
  const registry = cleanup.use(await startFakeRegistry({ auth, warnings: ["take care"] }));
  const layout = await openLayout(dir.join("layout"), { create: true });
  await putAll(layout, IMAGE);
  await layout.tag("v1", IMAGE.root);
  await putAll(new Registry(foreign.url).repository("team/app"), IMAGE);
  return { dir, registry, foreign, printed: [], [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}

type Faults = (here: World) => readonly FaultRule[];

/** A step of a user, `NAME` for the repository and `HOST` for the registry, with what the registry does wrong meanwhile. */
interface Step {
  readonly words: readonly string[];
  readonly faults?: Faults;
  readonly input?: string;
  /** Default: 0. */
  readonly code?: number;
}

/** Leads a request for the large layer to the other host. */
const ledAway: Faults = ({ foreign }) => {
  const path = `/blobs/${IMAGE.content.find(({ descriptor }) => descriptor.size === 2_000_000)?.descriptor.digest}`;
  const to = new URL(`/v2/team/app${path}`, foreign.url).href;
  return [{ method: "GET", path, fault: { kind: "redirect", to } }];
};

/** Refuses with a body, a warning and an address that repeat what was sent. */
function repeated(method: string, path: string, skip = 0): Faults {
  const basic = Buffer.from(`me:${SECRET}`).toString("base64");
  const told = `you are me:${SECRET}, Authorization: Basic ${basic}`;
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: told, detail: told }] });
  return () => [
    { method, path, skip, fault: { kind: "status", status: 400, body, headers: { warning: `299 - "${told}"` } } },
  ];
}

const STEPS: readonly Step[] = [
  { words: ["login", "-u", "me", "--password-stdin", "HOST"], input: WRONG, code: 1 },
  { words: ["login", "-u", "me", "--password-stdin", "HOST"], input: `${SECRET}\n` },
  { words: ["push", "oci:layout:v1", "NAME:v1"] },
  {
    words: ["push", "oci:layout:v1", "NAME:v2"],
    faults: () => [
      { method: "HEAD", path: "/blobs/", fault: { kind: "status", status: 503 } },
      { method: "PUT", path: "/manifests/", fault: { kind: "drop" } },
    ],
  },
  { words: ["push", "oci:layout:v1", "NAME:no"], faults: repeated("PUT", "/manifests/no"), code: 1 },
  { words: ["pull", "NAME:v1"], faults: ledAway },
  { words: ["copy", "NAME:v1", "oci:led:v1"], faults: ledAway },
  { words: ["copy", "NAME:v1", "oci:cut:v1"], faults: () => [{ path: "/blobs/", fault: { kind: "cut", after: 9 } }] },
  { words: ["copy", "NAME:v1", "oci:no:v1"], faults: repeated("HEAD", "/manifests/v1"), code: 1 },
  { words: ["copy", "NAME:v1", "oci:no:v1"], faults: repeated("GET", "/manifests/"), code: 1 },
  {
    words: ["copy", "NAME:v1", "oci:lies:v1"],
    faults: () => [{ method: "GET", path: "/blobs/", fault: { kind: "flip", at: 3 }, times: 9 }],
    code: 1,
  },
  { words: ["copy", "NAME:v1", "HOST/team/other:v1"] },
  { words: ["tag", "docker://NAME:v1", "NAME:v3"] },
  { words: ["repo", "ls", "HOST"] },
  { words: ["repo", "tags", "NAME"] },
  { words: ["manifest", "head", "NAME:v1"] },
  { words: ["manifest", "get", "NAME:v1"] },
  { words: ["blob", "get", `NAME@${IMAGE.content[0]?.descriptor.digest}`] },
  { words: ["blob", "put", "NAME"], input: "some bytes" },
  { words: ["artifact", "push", "--type", "application/vnd.x", "NAME:art", "oci-layout"] },
  { words: ["artifact", "pull", "NAME:art", "out"] },
  { words: ["referrers", "attach", "--type", "application/vnd.x", "NAME:v1", "oci-layout"] },
  { words: ["referrers", "ls", "NAME:v1"] },
  { words: ["referrers", "tree", "NAME:v1"] },
  { words: ["sync", "NAME", "oci:all"], faults: ledAway },
  { words: ["sync", "HOST", "HOST/mirror"] },
  { words: ["sync", "NAME", "oci:none"], faults: repeated("GET", "/tags/list", 1), code: 1 },
  { words: ["repo", "rm", "NAME:v3"] },
  { words: ["logout", "HOST"] },
  { words: ["pull", "NAME:v1"], code: 1 },
];

suite("a secret", () => {
  for (const kind of ["basic", "bearer"] as const) {
    test(`of a user is in one file alone and goes to the registry alone: ${kind}`, { timeout: 60_000 }, async () => {
      await using here = await world(kind);
      await here.dir.write("oci-layout", "a file");
      for (const step of STEPS) {
        await take(here, step);
        await assertOneHolder(here);
      }
      assertNothingPrinted(here);
      assertNothingAbroad(here);
    });
  }

  test("of a user is not in what the process prints", { timeout: 60_000 }, async () => {
    await using here = await world("bearer");
    const env = { TEU_DEBUG: "1", NODE_DEBUG: "net,tls,stream,timer" };
    const name = `${here.registry.host}/team/app:v1`;
    const login = ["login", "-u", "me", "--password-stdin", here.registry.host];
    for (const [words, input] of [
      [login, SECRET],
      [["push", `oci:${here.dir.join("layout")}:v1`, name], ""],
      [["copy", name, `oci:${here.dir.join("back")}:v1`], ""],
    ] as const) {
      const ended = await teuProcess(here.dir.path, words, { env, input });
      assert.equal(ended.code, 0, ended.notes.slice(-2000));
      here.printed.push(ended);
    }
    assertNothingPrinted(here);
  });
});

async function take(here: World, { words, faults, input = "", code = 0 }: Step): Promise<void> {
  const { dir, registry, printed } = here;
  registry.faults.push(...(faults?.(here) ?? []));
  const full = words.map((word) => word.replace("NAME", `${registry.host}/team/app`).replace("HOST", registry.host));
  const ended = await teu(dir.path, full, { input, env: { TEU_DEBUG: "1" } });
  printed.push(ended);
  assert.equal(ended.code, code, `${words.join(" ")}: ${ended.notes}`);
  registry.faults.length = 0;
}

/** The secret in every form in which it went to the registry. */
function secretsOf({ registry }: World): readonly string[] {
  const sent = registry.requests.flatMap(({ headers }) => headers.authorization ?? []);
  return [SECRET, WRONG, ...new Set(sent.map((value) => value.replace(/^\w+ /, "")))];
}

async function assertOneHolder(here: World): Promise<void> {
  const secrets = secretsOf(here);
  for await (const name of glob("**/*", { cwd: here.dir.path, exclude: (entry) => entry === "layout" })) {
    const path = join(here.dir.path, name);
    const facts = await stat(path);
    if (!facts.isFile()) continue;
    const text = await readFile(path, "latin1");
    if (!secrets.some((secret) => text.includes(secret))) continue;
    assert.equal(name, ".docker/config.json");
    assert.equal(facts.mode & 0o777, 0o600);
  }
}

function assertNothingPrinted(here: World): void {
  const secrets = secretsOf(here);
  assert.ok(secrets.length > 2, "nobody was asked who they are");
  for (const { out, notes } of here.printed) {
    for (const secret of secrets) assert.ok(!`${out}${notes}`.includes(secret), `printed: ${notes}`);
  }
}

function assertNothingAbroad(here: World): void {
  const { foreign } = here;
  assert.ok(foreign.count("GET", "/blobs/") >= 3, "nobody was led away");
  const all = JSON.stringify(foreign.requests);
  for (const secret of secretsOf(here)) assert.ok(!all.includes(secret), "a secret went to another host");
}
