import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertCode } from "@teu/testing/assert-code";
import { assertGolden } from "@teu/testing/golden";
import { formatPlan } from "./format-plan.ts";
import { makePlan } from "./make-plan.ts";
import { memoryProject } from "./project.ts";

type Texts = Readonly<Record<string, string>>;

const pkg = (fields: object): string => JSON.stringify(fields);
const LOCK = pkg({ lockfileVersion: 3, packages: { "": {} } });

const APPS: Readonly<Record<string, Texts>> = {
  "typescript-run-directly": {
    "package.json": pkg({
      name: "@team/web",
      version: "1.2.0",
      license: "MIT",
      type: "module",
      scripts: { start: "tsx src/server.ts" },
      dependencies: { hono: "4" },
      devDependencies: { tsx: "4" },
    }),
    "package-lock.json": LOCK,
    "src/server.ts": "",
  },
  "typescript-compiled": {
    "package.json": pkg({
      name: "api",
      scripts: { build: "tsc", start: "NODE_OPTIONS=--enable-source-maps node dist/main.js --port 3000" },
      engines: { node: ">=22 <23" },
    }),
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
  },
  "typescript-bundled": {
    "package.json": pkg({ name: "lambda", scripts: { start: "node dist/x.js" } }),
    "teu.build.json": pkg({ build: "bundle", entry: "src/main.ts", env: { LOG: "json" }, ports: ["9000"] }),
  },
  "javascript-with-a-shell": {
    "package.json": pkg({ scripts: { start: "node migrate.js && node server.js" }, packageManager: "yarn@4.5.0" }),
    "yarn.lock": "__metadata:\n  version: 8\n",
    "package-lock.json": LOCK,
  },
  "command-line-tool": {
    "package.json": pkg({ name: "tool", bin: { tool: "./cli.js" } }),
    "cli.js": "#!/usr/bin/env node\n",
  },
  "member-of-a-workspace": {
    "package.json": pkg({ workspaces: ["packages/*"] }),
    "package-lock.json": LOCK,
    "teu.build.json": pkg({ app: "packages/web", user: "1000:1000", stopSignal: "SIGINT" }),
    "packages/web/package.json": pkg({ name: "web", main: "server.js" }),
    "packages/web/server.js": "",
  },
  "site-of-vite": {
    "package.json": pkg({ scripts: { build: "vite build", dev: "vite" }, devDependencies: { vite: "5" } }),
    "package-lock.json": LOCK,
  },
  "next-by-its-program": {
    "package.json": pkg({ scripts: { build: "next build", start: "next start" }, dependencies: { next: "15" } }),
    "package-lock.json": LOCK,
  },
  "static-site": { "public/index.html": "<p>" },
  "python-with-fastapi": {
    "main.py": 'app = FastAPI(title="x")\n',
    "uv.lock": "version = 1\n",
    "pyproject.toml": '[project]\nname = "svc"\n',
    ".python-version": "3.12\n",
  },
  "python-with-a-procfile": {
    "requirements.txt": "flask==3.0.3 --hash=sha256:00\n",
    Procfile: "web: gunicorn app:app --bind 0.0.0.0:$PORT\n",
  },
  "go-below-cmd": { "go.mod": "module example.com/team/svc\n\ngo 1.22\n", "cmd/svc/main.go": "package main\n" },
  "any-program": { Procfile: "web: ./serve --port 8080\n", serve: "" },
};

suite("plans", () => {
  for (const [name, texts] of Object.entries(APPS)) {
    test(`of ${name}`, async () => {
      const plan = makePlan(memoryProject(texts));
      await assertGolden(formatPlan(plan), new URL(`fixtures/${name}.txt`, import.meta.url));
      assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, "a plan is plain data");
    });
  }

  test("options come before the file of overrides", () => {
    const project = memoryProject({
      "package.json": pkg({ main: "a.js" }),
      "a.js": "",
      "teu.build.json": pkg({ base: "one", user: "7" }),
    });
    const plan = makePlan(project, { base: "two" });
    assert.deepEqual([plan.base, plan.config.user], [{ kind: "named", reference: "two" }, "7"]);
  });
});

const REFUSED: readonly (readonly [about: string, code: string, message: RegExp, texts: Texts])[] = [
  ["nothing that is known", "ERR_BUILD_UNKNOWN", /there is no package\.json, go\.mod/, { "README.md": "" }],
  ["no start", "ERR_BUILD_START", /neither a script "start" nor "main" nor "bin"/, { "package.json": "{}" }],
  [
    "a start that is not there",
    "ERR_BUILD_START",
    /"dist\/x\.js": there is no such file/,
    { "package.json": pkg({ scripts: { start: "node dist/x.js" } }) },
  ],
  [
    "a script that is not there",
    "ERR_BUILD_START",
    /no script "serve"/,
    { "package.json": pkg({ scripts: { start: "npm run serve" } }) },
  ],
  [
    "no lockfile",
    "ERR_LOCKFILE_MISSING",
    /dependencies \(a\): there is no lockfile/,
    { "package.json": pkg({ main: "a.js", dependencies: { a: "1" } }), "a.js": "" },
  ],
  [
    "TypeScript for an old Node.js",
    "ERR_BUILD_START",
    /Node\.js 20 does not run TypeScript/,
    { "package.json": pkg({ main: "a.ts", engines: { node: "^20" } }), "a.ts": "" },
  ],
  ["package.json that is no JSON", "ERR_BUILD_SOURCE", /it is no JSON object/, { "package.json": "{" }],
  [
    "an override that is not known",
    "ERR_BUILD_OVERRIDES",
    /there is no field "prots"/,
    { "package.json": "{}", "teu.build.json": pkg({ prots: [] }) },
  ],
  [
    "an override of the wrong kind",
    "ERR_BUILD_OVERRIDES",
    /"ports" is \[8080\], expected a list/,
    { "package.json": "{}", "teu.build.json": pkg({ ports: [8080] }) },
  ],
  ["overrides that are no JSON", "ERR_BUILD_OVERRIDES", /expected a JSON object/, { "teu.build.json": "kind: node" }],
  [
    "two programs of Go",
    "ERR_BUILD_START",
    /several programs: a\/, b\//,
    { "go.mod": "module x\n", "cmd/a/m.go": "package main\n", "cmd/b/m.go": "package main\n" },
  ],
];

suite("plans that cannot be made", () => {
  for (const [about, code, message, texts] of REFUSED) {
    test(about, async () => {
      const error = await assertCode(async () => makePlan(memoryProject(texts)), code);
      assert.match(error.message, message);
    });
  }
});
