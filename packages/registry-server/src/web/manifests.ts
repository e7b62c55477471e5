/**
 * The page of a manifest: what it is of, how it came to be, what refers to it, and how it is pulled.
 * @module
 */
import type { Digest } from "@teu/spec/digest";
import { type Json, JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { collect } from "@teu/std/streams";
import type { Answer } from "../exchange.ts";
import type { Referrer, StoredManifest } from "../metadata/metadata.ts";
import { type Html, html } from "./html.ts";
import { count, answerPage, link, path, shortDigest, size, table } from "./page.ts";
import { kindOf } from "./repositories.ts";
import type { View } from "./view.ts";

const LIMITS = { maxLength: 8 * 1024 * 1024, maxDepth: 64 };
const MAX_CONFIG_BYTES = 1024 * 1024;
/** Most characters of a manifest that are shown. */
const MAX_SHOWN = 50_000;
/** How much of a page lists take. */
const MAX_ROWS = 300;
const MAX_REFERRERS = 50;
const MAX_DEPTH = 3;

/** One manifest, by tag or digest. */
export async function showManifest(view: View, repo: string, reference: string): Promise<Answer | undefined> {
  const { metadata } = view.registry;
  const isDigest = reference.includes(":");
  const found = await (isDigest ? metadata.manifest(repo, reference) : metadata.tagged(repo, reference));
  if (found === undefined) return undefined;
  const json = parse(found.bytes);
  const tags = await metadata.tagsOf(repo, found.digest);
  const title = isDigest ? `${repo}@${shortDigest(reference)}` : `${repo}:${reference}`;
  const body = html`
    ${path([repo, link("repo", { name: repo })], [isDigest ? shortDigest(reference) : reference, link("manifest", { name: repo, ref: reference })])}
    <h1>${title}</h1>
    ${facts(found, tags, repo)}
    <h2>Pull</h2>
    ${pullLines(view.host, repo, found, isDigest ? undefined : reference)}
    ${kindOf(found.mediaType) === "index" ? platforms(repo, json) : await image(view, repo, json)}
    <h2>Referrers</h2>
    ${await referrers(view, { repo, digest: found.digest, depth: 0 })}
    <details>
      <summary>The manifest as it is</summary>
      <pre tabindex="0">${shownJson(found.bytes)}</pre>
    </details>
    ${view.access.allows("delete", repo) && deleteForms(repo, found.digest, isDigest ? undefined : reference, tags)}
  `;
  return answerPage({ title, body, actor: view.access.actor });
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseJsonBytes(bytes, LIMITS);
  } catch (error) {
    if (error instanceof JsonError) return parseJsonBytes(Buffer.from("{}"), LIMITS);
    throw error;
  }
}

function shownJson(bytes: Uint8Array): string {
  const raw = Buffer.from(bytes).toString("utf8");
  return raw.length > MAX_SHOWN ? `${raw.slice(0, MAX_SHOWN)}\n…` : indent(raw);
}

function indent(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), undefined, 2);
  } catch {
    return raw;
  }
}

const ABSENT = parseJsonBytes(Buffer.from("{}"), LIMITS).get("absent");

/** A field of what may be no object: a registry keeps documents that are not what they should be. */
function at(json: Json, name: string): Json {
  return json.kind === "object" ? json.get(name) : ABSENT;
}

function text(json: Json): string {
  return json.kind === "string" || json.kind === "number" || json.kind === "boolean" ? json.text : "";
}

function facts({ digest, mediaType, bytes }: StoredManifest, tags: readonly string[], repo: string): Html {
  return html`<dl>
    <dt>Digest</dt>
    <dd><code>${digest}</code></dd>
    <dt>Type</dt>
    <dd><code>${mediaType}</code></dd>
    <dt>Size of the manifest</dt>
    <dd>${size(bytes.length)}</dd>
    <dt>Tags</dt>
    <dd>
      ${tags.length === 0 && "none"}
      ${tags.slice(0, MAX_ROWS).map((tag) => html`<a class="badge" href="${link("manifest", { name: repo, ref: tag })}">${tag}</a> `)}
    </dd>
  </dl>`;
}

function pullLines(host: string, repo: string, { digest }: StoredManifest, tag: string | undefined): Html {
  const name = `${host}/${repo}${tag === undefined ? `@${digest}` : `:${tag}`}`;
  const lines = [`docker pull ${name}`, `podman pull ${name}`, `teu pull ${name}`];
  return html`${lines.map((line) => html`<pre class="line" tabindex="0">${line}</pre>`)}
  ${tag !== undefined && html`<p class="soft">Just this: <code>${host}/${repo}@${digest}</code></p>`}`;
}

function platforms(repo: string, json: Json): Html {
  const rows = at(json, "manifests")
    .items.slice(0, MAX_ROWS)
    .map((entry) => {
      const [platform, digest] = [at(entry, "platform"), text(at(entry, "digest"))];
      const words = ["os", "architecture", "variant", "os.version"].map((name) => text(at(platform, name)));
      const label = words.filter((word) => word !== "").join("/") || text(at(entry, "artifactType")) || "any";
      return html`<tr>
        <td><a href="${link("manifest", { name: repo, ref: digest })}">${label}</a></td>
        <td><code>${shortDigest(digest)}</code></td>
        <td><code>${text(at(entry, "mediaType"))}</code></td>
        <td class="number">${size(Number(text(at(entry, "size"))))}</td>
      </tr>`;
    });
  const heads = [["Platform"], ["Manifest"], ["Type"], ["Size", "number"]] as const;
  return html`<h2>Platforms</h2>
    ${table("Manifests of this index", heads, rows)}`;
}

async function image(view: View, repo: string, json: Json): Promise<Html> {
  const config = await readConfig(view, repo, at(json, "config"));
  const layers = at(json, "layers").items.slice(0, MAX_ROWS);
  const total = layers.reduce((sum, layer) => sum + (Number(text(at(layer, "size"))) || 0), 0);
  const rows = layers.map(
    (layer, index) =>
      html`<tr>
        <td class="number">${index + 1}</td>
        <td><code>${shortDigest(text(at(layer, "digest")))}</code></td>
        <td><code>${text(at(layer, "mediaType"))}</code></td>
        <td class="number">${size(Number(text(at(layer, "size"))) || 0)}</td>
      </tr>`,
  );
  const heads = [["", "number"], ["Layer"], ["Type"], ["Size", "number"]] as const;
  return html`
    ${config !== undefined && showConfig(config)}
    <h2>Layers</h2>
    ${table(`${count(layers.length, "layer")}, ${size(total)}`, heads, rows)}
    ${config !== undefined && showSteps(config)}
  `;
}

async function readConfig({ registry }: View, repo: string, descriptor: Json): Promise<Json | undefined> {
  const digest = text(at(descriptor, "digest")) as Digest;
  const found = await registry.metadata.blob(repo, digest);
  if (found === undefined || found.size > MAX_CONFIG_BYTES) return undefined;
  return parse(await collect(registry.storage.read(digest), { maxBytes: MAX_CONFIG_BYTES }));
}

function showConfig(config: Json): Html {
  const run = at(config, "config");
  const list = (json: Json): string => json.items.map((item) => JSON.stringify(text(item))).join(" ");
  const rows: readonly (readonly [string, string])[] = [
    ["Created", text(at(config, "created"))],
    [
      "Platform",
      ["os", "architecture", "variant"]
        .map((name) => text(at(config, name)))
        .filter(Boolean)
        .join("/"),
    ],
    ["Author", text(at(config, "author"))],
    ["Entrypoint", list(at(run, "Entrypoint"))],
    ["Command", list(at(run, "Cmd"))],
    ["User", text(at(run, "User"))],
    ["Working folder", text(at(run, "WorkingDir"))],
    ["Ports", Array.from(at(run, "ExposedPorts").fields.keys()).join(", ")],
    ["Volumes", Array.from(at(run, "Volumes").fields.keys()).join(", ")],
  ];
  const env = at(run, "Env").items.slice(0, MAX_ROWS).map(text);
  const labels = Array.from(at(run, "Labels").fields).slice(0, MAX_ROWS);
  return html`
    <h2>Configuration</h2>
    <dl>
      ${rows
        .filter(([, value]) => value !== "")
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd><code>${value}</code></dd>`,
        )}
      ${labels.map(
        ([name, value]) =>
          html`<dt>Label ${name}</dt>
            <dd>${text(value)}</dd>`,
      )}
    </dl>
    ${
      env.length > 0 &&
      html`<details>
        <summary>Environment, ${env.length} variables</summary>
        <pre tabindex="0">${env.join("\n")}</pre>
      </details>`
    }
  `;
}

function showSteps(config: Json): Html | undefined {
  const steps = at(config, "history").items.slice(0, MAX_ROWS);
  if (steps.length === 0) return undefined;
  const rows = steps.map(
    (step, index) =>
      html`<tr>
        <td class="number">${index + 1}</td>
        <td><code>${text(at(step, "created_by")) || text(at(step, "comment"))}</code></td>
        <td>${text(at(step, "empty_layer")) === "true" && html`<span class="badge">no layer</span>`}</td>
      </tr>`,
  );
  return html`<h2>How it was made</h2>
    ${table("Steps, the first first", [["", "number"], ["Step"], [""]], rows)}`;
}

interface Node {
  readonly repo: string;
  readonly digest: Digest;
  readonly depth: number;
}

/** What refers to a manifest, and to that: signatures, lists of contents, and what else. */
async function referrers(view: View, { repo, digest, depth }: Node): Promise<Html> {
  const found = await view.registry.metadata.referrers(repo, digest, { limit: MAX_REFERRERS + 1 });
  if (found.length === 0) return depth === 0 ? html`<p class="soft">Nothing refers to it.</p>` : html``;
  const items: Html[] = [];
  for (const referrer of found.slice(0, MAX_REFERRERS)) {
    const below =
      depth < MAX_DEPTH ? await referrers(view, { repo, digest: referrer.digest, depth: depth + 1 }) : html``;
    items.push(html`<li>${showReferrer(repo, referrer)} ${below}</li>`);
  }
  return html`<ul class="tree">
    ${items} ${found.length > MAX_REFERRERS && html`<li class="soft">and more</li>`}
  </ul>`;
}

function showReferrer(
  repo: string,
  { digest, artifactType, mediaType, size: bytes, annotations = {} }: Referrer,
): Html {
  const notes = Object.entries(annotations).slice(0, 5);
  return html`<span class="badge">${guess(artifactType ?? mediaType)}</span>
    <a href="${link("manifest", { name: repo, ref: digest })}"><code>${shortDigest(digest)}</code></a>
    <span class="soft">${artifactType ?? mediaType}, ${size(bytes)}</span>
    ${notes.map(([name, value]) => html`<br /><span class="soft">${name}: ${value.slice(0, 200)}</span>`)}`;
}

/** What kind of thing a type is of, in a word that people know. */
function guess(type: string): string {
  if (/cosign|notary|signature|sigstore/.test(type)) return "signature";
  if (/spdx|cyclonedx|sbom/.test(type)) return "SBOM";
  return /in-toto|attestation|provenance|slsa/.test(type) ? "attestation" : "artifact";
}

function deleteForms(repo: string, digest: string, tag: string | undefined, tags: readonly string[]): Html {
  const form = (ref: string, label: string): Html =>
    html`<form method="post" action="/ui/delete">
      <input type="hidden" name="name" value="${repo}" /><input type="hidden" name="ref" value="${ref}" />
      <button class="bad">${label}</button>
    </form>`;
  return html`<h2>Delete</h2>
    <details class="delete">
      <summary>It can be restored from the history for a while</summary>
      ${tag !== undefined && form(tag, `Delete the tag ${tag}`)}
      ${form(digest, tags.length === 0 ? "Delete the manifest" : `Delete the manifest and its ${tags.length} tags`)}
    </details>`;
}
