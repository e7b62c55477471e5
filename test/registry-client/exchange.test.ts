import assert from "node:assert/strict";
import { readFile, readlink, symlink } from "node:fs/promises";
import { after, before, suite, test } from "node:test";
import type { SampleGraph } from "@teu/content/testing/samples";
import { type SkipReason, needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { GRAPHS, differences, foreignImage, writeLayout } from "./graphs.ts";
import {
  type Ended,
  type RunningRegistry,
  peerPath,
  run,
  startDockerRegistry,
  startOurRegistry,
  teu,
} from "./programs.ts";

const isLong = process.env["TEU_LONG_TESTS"] === "1";

/** A client of others'. Each command answers with its words; `layout` holds one image under the tag `v1`. */
interface Client {
  readonly name: string;
  readonly program: string | undefined;
  readonly push: (layout: string, image: string) => readonly string[];
  readonly pull: (image: string, layout: string) => readonly string[];
  /** Whether images keep their tag in the layout that is pulled into. */
  readonly keepsTag: boolean;
  /** Graphs that it does not know. */
  readonly unknown?: readonly string[];
}

const skopeo = (name: string, program: string | undefined): Client => ({
  name,
  program,
  push: (layout, image) => [...SKOPEO_COPY, "--dest-tls-verify=false", `oci:${layout}:v1`, `docker://${image}`],
  pull: (image, layout) => [...SKOPEO_COPY, "--src-tls-verify=false", `docker://${image}`, `oci:${layout}:v1`],
  keepsTag: true,
  unknown: ["nested"],
});
const SKOPEO_COPY = ["--insecure-policy", "copy", "-q", "--all", "--preserve-digests"];

const unpackedSkopeo = peerPath("skopeo");
const CLIENTS: readonly Client[] = [
  skopeo("skopeo", needsProgram("skopeo") === false ? "skopeo" : undefined),
  skopeo("skopeo of Debian's newest suite", unpackedSkopeo?.includes(".setup") === true ? unpackedSkopeo : undefined),
  {
    name: "crane",
    program: peerPath("crane"),
    push: (layout, image) => ["push", "--insecure", layout, image],
    pull: (image, layout) => ["pull", "--insecure", "--format=oci", image, layout],
    keepsTag: false,
  },
  {
    name: "oras",
    program: peerPath("oras"),
    push: (layout, image) => ["cp", "--no-tty", "--from-oci-layout", "--to-plain-http", `${layout}:v1`, image],
    pull: (image, layout) => ["cp", "--no-tty", "--from-plain-http", "--to-oci-layout", image, `${layout}:v1`],
    keepsTag: true,
  },
];

const REGISTRIES = [
  { name: "docker-registry", start: startDockerRegistry, skip: needsProgram("docker-registry") },
  { name: "teu registry serve", start: startOurRegistry, skip: false as SkipReason },
];

function ok({ code, out, notes }: Ended): string {
  assert.equal(code, 0, notes);
  return out;
}

for (const { name, start, skip } of REGISTRIES) {
  suite(`exchange through ${name}`, { skip, concurrency: 4 }, () => {
    let dir: TempDir;
    let registry: RunningRegistry;

    before(async () => {
      dir = await tempDir();
      registry = await start(dir);
      for (const [tag, graph] of Object.entries(GRAPHS)) await writeLayout(dir.join(tag), { v1: graph });
    });

    after(async () => {
      await registry[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    });

    for (const [at, client] of CLIENTS.entries()) {
      const missing: SkipReason = client.program === undefined ? `needs ${client.name}` : false;
      test(`with ${client.name}, both ways, digests kept`, { skip: missing }, async () => {
        const home = { env: { HOME: dir.path } };
        for (const [tag, graph] of graphsFor(at)) {
          const [theirs, ours] = [`${registry.host}/peer${at}/app:${tag}`, `${registry.host}/teu${at}/app:${tag}`];
          ok(await run(client.program ?? "", client.push(dir.join(tag), theirs), home));
          ok(await teu(dir.path, ["copy", "-q", theirs, `oci:${dir.join(`ours-${at}`)}:${tag}`]));
          assert.deepEqual(await differences(dir.join(`ours-${at}`), graph, tag), []);
          ok(await teu(dir.path, ["push", "-q", `oci:${dir.join(tag)}:v1`, `docker://${ours}`]));
          const layout = dir.join(`theirs-${at}-${tag}`);
          ok(await run(client.program ?? "", client.pull(ours, layout), home));
          assert.deepEqual(await differences(layout, graph, client.keepsTag ? "v1" : undefined), []);
        }
      });
    }

    test("with oras, of folders", { skip: peerPath("oras") === undefined ? "needs oras" : false }, async () => {
      await using folder = await tempDir();
      await folder.write("web/index.html", "<p>hello");
      await folder.write("web/static/empty", "");
      await symlink("index.html", folder.join("web/start"));
      const oras = peerPath("oras") ?? "";
      const options = { env: { HOME: folder.path }, cwd: folder.path };
      const [ours, theirs] = [`${registry.host}/folders/ours:v1`, `${registry.host}/folders/theirs:v1`];
      ok(await teu(folder.path, ["artifact", "push", ours, "web"]));
      ok(await run(oras, ["pull", "--plain-http", "--no-tty", "-o", folder.join("by-oras"), ours], options));
      ok(await run(oras, ["push", "--plain-http", "--no-tty", theirs, "web"], options));
      assert.equal(ok(await teu(folder.path, ["artifact", "pull", theirs, "by-teu"])), "web/\n");
      for (const place of ["by-oras", "by-teu"]) {
        assert.equal(await readFile(folder.join(`${place}/web/index.html`), "utf8"), "<p>hello");
        assert.equal((await readFile(folder.join(`${place}/web/static/empty`))).length, 0);
        assert.equal(await readlink(folder.join(`${place}/web/start`)), "index.html");
      }
    });

    test("with oras, of referrers", { skip: peerPath("oras") === undefined ? "needs oras" : false }, async () => {
      const image = `${registry.host}/referred/app:v1`;
      ok(await teu(dir.path, ["push", "-q", `oci:${dir.join("image")}:v1`, `docker://${image}`]));
      const note = await dir.write("note.txt", "looks good");
      const type = "application/vnd.example.note";
      const ours = ok(await teu(dir.path, ["referrers", "attach", "--type", type, image, `${note}:text/plain`])).trim();
      const oras = peerPath("oras") ?? "";
      const env = { HOME: dir.path };
      const seen = ok(await run(oras, ["discover", "--plain-http", "--format", "json", image], { env }));
      assert.ok(seen.includes(ours), seen);
      const words = [
        "attach",
        "--plain-http",
        "--disable-path-validation",
        "--artifact-type",
        type,
        image,
        `${note}:text/plain`,
      ];
      ok(await run(oras, words, { env }));
      const listed = ok(await teu(dir.path, ["referrers", "ls", image]))
        .trim()
        .split("\n");
      assert.equal(listed.length, 2, listed.join("\n"));
      ok(await teu(dir.path, ["copy", "-q", "--referrers", image, `oci:${dir.join("referred")}:v1`]));
      const index = await readFile(dir.join("referred/index.json"), "utf8");
      assert.ok(index.includes(ours), index);
    });
  });
}

/** Everything that the client knows in the long form; else some for each, so that every graph goes some way. */
function graphsFor(client: number): readonly (readonly [string, SampleGraph])[] {
  const known = Object.entries(GRAPHS).filter(([tag]) => CLIENTS[client]?.unknown?.includes(tag) !== true);
  return isLong ? known : known.filter((_, at) => at % 2 === client % 2);
}

test("an image with a layer that may not be distributed goes through our registry without it", async () => {
  await using dir = await tempDir();
  await using registry = await startOurRegistry(dir);
  const graph = foreignImage();
  await writeLayout(dir.join("foreign"), { v1: graph });
  const name = `${registry.host}/team/foreign:v1`;
  const pushed = await teu(dir.path, ["push", `oci:${dir.join("foreign")}:v1`, `docker://${name}`]);
  ok(pushed);
  assert.match(pushed.notes, /left-out/);
  ok(await teu(dir.path, ["copy", "-q", name, `oci:${dir.join("back")}:v1`]));
  assert.deepEqual(await differences(dir.join("back"), graph, "v1"), []);
});
