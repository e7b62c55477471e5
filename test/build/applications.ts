/**
 * Applications as people have them, made of published packages: what is in their folders, what they are started with, and
 * what shows that they work.
 * @module
 */
import { fakeWheel, type FakeWheel } from "@teu/build/testing/fake-wheels";

/** What shows that an application works. */
export type Proof =
  /** It prints this. */
  | { readonly prints: RegExp }
  /** It answers a request for this path so. It is started with the port in `PORT` of the environment. */
  | { readonly path: string; readonly answers: RegExp };

/** An application. */
export interface Application {
  readonly name: string;
  /** What makes its lockfile, if it is not among its files. */
  readonly locks?: "npm" | "pnpm" | "pip";
  /** Its files; `@PORT@` stands for the port where a program does not read the environment. */
  readonly files: Readonly<Record<string, string>>;
  /** Further words for `teu build`. */
  readonly options?: readonly string[];
  readonly proof: Proof;
}

const SERVER = `const server = require("node:http").createServer((q, a) => a.end("hello " + require("./answer.js")));
server.listen(process.env.PORT);\n`;

function manifest(name: string, start: string, dependencies: Readonly<Record<string, string>>): string {
  return JSON.stringify({ name, version: "1.0.0", private: true, scripts: { start }, dependencies });
}

const PAGE = { "public/index.html": "<title>hello</title>\n" };

/** Of the npm registry: servers, programs, native add-ons, an install script, a pnpm workspace, a monorepo. */
export const NODE_APPLICATIONS: readonly Application[] = [
  {
    name: "http-server",
    locks: "npm",
    files: {
      "package.json": manifest("a", "http-server public -a 127.0.0.1 -p @PORT@", { "http-server": "14" }),
      ...PAGE,
    },
    proof: { path: "/", answers: /hello/ },
  },
  {
    name: "serve",
    locks: "npm",
    files: { "package.json": manifest("a", "serve -L -l tcp://127.0.0.1:@PORT@ public", { serve: "14" }), ...PAGE },
    proof: { path: "/", answers: /hello/ },
  },
  {
    name: "json-server",
    locks: "npm",
    files: {
      "package.json": manifest("a", "json-server --host 127.0.0.1 --port @PORT@ db.json", { "json-server": "0.17" }),
      "db.json": JSON.stringify({ ships: [{ id: 7, name: "teu" }] }),
    },
    proof: { path: "/ships/7", answers: /"teu"/ },
  },
  {
    name: "express",
    locks: "npm",
    files: {
      "package.json": manifest("a", "node server.js", { express: "5" }),
      "server.js": `const app = require("express")();
app.get("/ships/:name", (request, response) => response.json(request.params));
app.listen(process.env.PORT);\n`,
    },
    proof: { path: "/ships/teu", answers: /"name":"teu"/ },
  },
  {
    name: "fastify",
    locks: "npm",
    files: {
      "package.json": manifest("a", "node server.mjs", { fastify: "5" }),
      "server.mjs": `import fastify from "fastify";
const app = fastify();
app.get("/", () => ({ hello: "fastify" }));
await app.listen({ port: Number(process.env.PORT) });\n`,
    },
    proof: { path: "/", answers: /"fastify"/ },
  },
  {
    name: "prettier",
    locks: "npm",
    files: { "package.json": manifest("a", "prettier --version", { prettier: "3" }) },
    proof: { prints: /^3\./m },
  },
  {
    name: "typescript",
    locks: "npm",
    files: { "package.json": manifest("a", "tsc --version", { typescript: "5" }) },
    proof: { prints: /^Version 5\./m },
  },
  {
    name: "bcrypt, a native add-on",
    locks: "npm",
    files: {
      "package.json": manifest("a", "node hash.js", { bcrypt: "6" }),
      "hash.js": 'const b = require("bcrypt");\nconsole.log(b.compareSync("word", b.hashSync("word", 4)));\n',
    },
    proof: { prints: /^true$/m },
  },
  {
    name: "sharp, a native add-on for each platform",
    locks: "npm",
    files: {
      "package.json": manifest("a", "node image.js", { sharp: "0.34" }),
      "image.js": `const sharp = require("sharp");
const create = { width: 9, height: 5, channels: 3, background: "red" };
sharp({ create }).png().toBuffer({ resolveWithObject: true }).then(({ info }) => console.log(info.format, info.width));\n`,
    },
    proof: { prints: /^png 9$/m },
  },
  {
    name: "esbuild, with its install script",
    locks: "npm",
    files: { "package.json": manifest("a", "esbuild --version", { esbuild: "0.25" }) },
    options: ["--install-scripts", "esbuild"],
    proof: { prints: /^0\.25\./m },
  },
  {
    name: "a pnpm workspace",
    locks: "pnpm",
    files: {
      "package.json": JSON.stringify({ name: "root", private: true }),
      "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
      "packages/words/package.json": JSON.stringify({ name: "words", version: "1.0.0", dependencies: { ms: "2" } }),
      "packages/words/index.js": 'module.exports = require("ms")(60000);\n',
      "packages/web/package.json": manifest("web", "node server.js", { words: "workspace:*", cookie: "1" }),
      "packages/web/server.js": SERVER,
      "packages/web/answer.js": 'module.exports = require("words") + require("cookie").serialize("a", "b");\n',
    },
    options: ["--app", "packages/web"],
    proof: { path: "/", answers: /^hello 1ma=b$/ },
  },
  {
    name: "a monorepo of npm workspaces",
    locks: "npm",
    files: {
      "package.json": JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }),
      "packages/words/package.json": JSON.stringify({ name: "words", version: "1.0.0", dependencies: { ms: "2" } }),
      "packages/words/index.js": 'module.exports = require("ms")(60000);\n',
      "packages/web/package.json": manifest("web", "node server.js", { words: "1.0.0", cookie: "1" }),
      "packages/web/server.js": SERVER,
      "packages/web/answer.js": 'module.exports = require("words") + require("cookie").serialize("a", "b");\n',
    },
    options: ["--app", "packages/web"],
    proof: { path: "/", answers: /^hello 1ma=b$/ },
  },
];

/** Of pip's index: servers, with add-ons in C and Rust. What they want is in `requirements.in`. */
export const PYTHON_APPLICATIONS: readonly Application[] = [
  {
    name: "flask on gunicorn",
    locks: "pip",
    files: {
      "requirements.in": "flask\ngunicorn\n",
      "main.py": `from flask import Flask, jsonify
app = Flask(__name__)
@app.get("/ships/<name>")
def ship(name):
    return jsonify(name=name)
`,
      "teu.build.json": '{ "start": "gunicorn --bind 127.0.0.1:@PORT@ main:app" }',
    },
    proof: { path: "/ships/teu", answers: /"name":\s*"teu"/ },
  },
  {
    name: "fastapi on uvicorn",
    locks: "pip",
    files: {
      "requirements.in": "fastapi\nuvicorn\n",
      "main.py": `from fastapi import FastAPI
app = FastAPI()
@app.get("/ships/{number}")
def ship(number: int):
    return {"number": number}
`,
      "teu.build.json": '{ "start": "uvicorn --port @PORT@ main:app" }',
    },
    proof: { path: "/ships/7", answers: /"number":\s*7/ },
  },
  {
    name: "tornado",
    locks: "pip",
    files: {
      "requirements.in": "tornado\n",
      "main.py": `import asyncio, os, tornado.speedups, tornado.web
class Ship(tornado.web.RequestHandler):
    def get(self, name):
        self.write({"name": name})
async def main():
    tornado.web.Application([("/ships/(.*)", Ship)]).listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()
asyncio.run(main())
`,
    },
    proof: { path: "/ships/teu", answers: /"name":\s*"teu"/ },
  },
];

/** A wheel made here: a small server with an entry point. */
export const LOCAL_WHEEL: FakeWheel = fakeWheel("tiny_server-1.0-py3-none-any.whl", {
  "tiny_server.py": `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello from a wheel")
def main():
    http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`,
  "tiny_server-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny-server\nVersion: 1.0\n",
  "tiny_server-1.0.dist-info/entry_points.txt": "[console_scripts]\ntiny-server = tiny_server:main\n",
});

/**
 * In Python, without pip's index. Their wheels are those that Debian carries for `venv`, and {@link LOCAL_WHEEL}.
 * @param wheels Wheels by the name of their project.
 */
export function localPythonApplications(wheels: ReadonlyMap<string, FakeWheel>): readonly Application[] {
  const locked = (name: string): string => {
    const wheel = wheels.get(name);
    return `${name}==${wheel?.filename.split("-")[1] ?? ""} --hash=sha256:${wheel?.sha256 ?? ""}\n`;
  };
  return [
    {
      name: "pip",
      files: { "requirements.txt": locked("pip"), "main.py": "import pip\nprint('pip', pip.__version__)\n" },
      proof: { prints: /^pip \d/m },
    },
    {
      name: "setuptools",
      files: {
        "requirements.txt": locked("setuptools"),
        "main.py":
          "import setuptools, pkg_resources\nprint(pkg_resources.parse_version('1.10') > pkg_resources.parse_version('1.9'))\n",
      },
      proof: { prints: /^True$/m },
    },
    {
      name: "a server in a wheel",
      files: {
        "requirements.txt": locked("tiny-server"),
        "teu.build.json": '{ "start": "tiny-server" }',
        "main.py": "",
      },
      proof: { path: "/", answers: /hello from a wheel/ },
    },
  ];
}
