/**
 * The server of static files that goes into images of static sites: a script for the Node.js of the base, without packages.
 * @module
 */

/** The script. It serves the working folder; PORT and SINGLE_PAGE set it. */
export const STATIC_SERVER = `// Serves the files of the working folder. PORT: where it listens. SINGLE_PAGE=1: index.html for paths that are no files.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";

const TYPES = {
  ".avif": "image/avif", ".css": "text/css; charset=utf-8", ".gif": "image/gif", ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8",
  ".json": "application/json", ".map": "application/json", ".mjs": "text/javascript; charset=utf-8", ".mp4": "video/mp4",
  ".pdf": "application/pdf", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".webp": "image/webp", ".woff": "font/woff",
  ".woff2": "font/woff2", ".xml": "application/xml",
};
const root = await realpath(".");

async function find(path) {
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined || (real !== root && !real.startsWith(root + sep))) return undefined;
  const stats = await stat(real);
  if (stats.isDirectory()) return path.endsWith("/index.html") ? undefined : find(join(path, "/index.html"));
  return stats.isFile() ? { path: real, stats } : undefined;
}

async function choose(url) {
  const { pathname } = new URL(url, "http://local");
  const path = decodeURIComponent(pathname);
  if (path.includes("\\0") || path.split("/").some((name) => name.startsWith(".") && name !== ".well-known")) return undefined;
  return (await find(path)) ?? (await find(path + ".html")) ?? (process.env.SINGLE_PAGE === "1" ? find("/index.html") : undefined);
}

async function answer(request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405, { allow: "GET, HEAD" }).end();
  const file = await choose(request.url).catch(() => undefined);
  if (file === undefined) return void response.writeHead(404, { "content-type": "text/plain" }).end("not found\\n");
  const headers = { "content-type": TYPES[extname(file.path)] ?? "application/octet-stream", "x-content-type-options": "nosniff" };
  response.writeHead(200, { ...headers, "content-length": file.stats.size, "cache-control": "no-cache" });
  if (request.method === "HEAD") return void response.end();
  createReadStream(file.path).on("error", () => response.destroy()).pipe(response);
}

const server = createServer((request, response) => void answer(request, response));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
server.listen(Number(process.env.PORT ?? 8080), () => console.log("listening on " + server.address().port));
`;
