import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { after, before, suite, test } from "node:test";
import { validate } from "@teu/content/validate/validate";
import { decompress } from "@teu/content/decompress";
import { readTar } from "@teu/tar/read-tar";
import { collect } from "@teu/std/streams";
import { type CodedError, assertCode } from "@teu/testing/assert-code";
import { needsProgram } from "@teu/testing/skip";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { formatLock, parseLock } from "./lock.ts";
import { type MadeBases, type MakeOptions, makeBase } from "./make-base.ts";
import type { BaseContext, BaseImage, BaseRequest } from "./options.ts";
import { FAKE_TIME, FakeArchive, FakeKeys, type FakePackage } from "./testing/fake-archive.ts";

const PACKAGES: readonly FakePackage[] = [
  {
    name: "app",
    fields: ["Depends: lib (>= 2)"],
    files: { "usr/bin/app": "app", "usr/share/doc/app/copyright": "mine", "usr/share/doc/app/README": "words" },
  },
  { name: "lib", version: "1", files: { "lib/lib.so": "old" } },
  { name: "lib", version: "2", compression: ".zst", fields: ["Source: libs (2-1)"], files: { "lib/lib.so": "new" } },
  { name: "odd", files: { "usr/bin/odd": "odd" }, scripts: { postinst: "#!/bin/sh\nset -e\nmkfs /dev/sda\n" } },
  { name: "rival", fields: ["Conflicts: lib"], files: {} },
  { name: "twin", files: { "usr/bin/app": "not the same" } },
];

suite("bases from an archive", { skip: needsProgram("gpg", "gpgv", "gpgconf") }, () => {
  let keys: FakeKeys;
  let good = "";
  let bad = "";
  let archive: FakeArchive;
  let cache: TempDir;

  before(async () => {
    keys = await FakeKeys.make();
    good = keys.add("good");
    bad = keys.add("bad");
    archive = await FakeArchive.serve();
  });
  after(async () => {
    await archive[Symbol.asyncDispose]();
    await keys[Symbol.asyncDispose]();
  });

  const request: BaseRequest = { platforms: [{ os: "linux", architecture: "amd64" }], packages: ["app"], without: [] };

  function contextOf(folder: TempDir, signedBy: readonly string[] = [good]): BaseContext {
    const apt = { sources: [archive.source(signedBy)], keyrings: [], settings: new Map<string, string>(), logins: [] };
    return { apt, cacheFolder: folder.path, env: {} };
  }

  async function make(
    wanted: Partial<BaseRequest> = {},
    options: MakeOptions = {},
    signedBy?: readonly string[],
  ): Promise<MadeBases> {
    return await makeBase({ ...request, ...wanted }, options, contextOf(cache, signedBy));
  }

  /** The failure of making a base, after which nothing half-made may lie about. */
  async function failure(
    code: string,
    wanted: Partial<BaseRequest> = {},
    signedBy?: readonly string[],
  ): Promise<CodedError> {
    cache = await tempDir();
    await using _cache = cache;
    const error = await assertCode(async () => await make(wanted, {}, signedBy), code);
    const left = (await readdir(cache.path, { recursive: true })).filter((name) => name.includes(".teu-tmp-"));
    assert.deepEqual(left, []);
    return error;
  }

  async function filesOf({ manifest, reader }: BaseImage): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const layer of manifest["layers"] as unknown as {
      mediaType: string;
      digest: `sha256:${string}`;
      size: number;
    }[]) {
      for await (const { entry, content } of readTar(decompress(reader.openUnverified(layer as never), "gzip"))) {
        const text =
          entry.type === "file"
            ? Buffer.from(await collect(content, { maxBytes: 1e6 })).toString()
            : entry.linknameText;
        files.set(entry.nameText ?? "", text ?? "");
      }
    }
    return files;
  }

  test("a base has what its packages have, a list of it, and passes every clause", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    cache = await tempDir();
    await using _cache = cache;
    await using made = await make();
    const [image] = made.images;
    assert.ok(image);
    const files = await filesOf(image);
    assert.equal(files.get("usr/bin/app"), "app");
    assert.equal(files.get("usr/lib/lib.so"), "new");
    assert.equal(files.get("lib"), "usr/lib");
    assert.ok(!files.has("lib64"));
    assert.equal(files.get("usr/share/doc/app/copyright"), "mine");
    assert.ok(!files.has("usr/share/doc/app/README"));
    assert.match(files.get("var/lib/dpkg/status.d/lib") ?? "", /^Package: lib\nVersion: 2\n/);
    assert.match(files.get("etc/passwd") ?? "", /^nonroot:x:65532:65532:/m);
    assert.equal(image.config["created"], new Date(FAKE_TIME * 1000).toISOString().replace(".000", ""));
    for (const root of [image.descriptor, image.sbom]) {
      const findings = [];
      for await (const { findings: found } of validate(image.reader, root)) findings.push(...found);
      assert.deepEqual(findings, []);
    }
  });

  test("the same packages give the same image, and a finished one is not made again", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    cache = await tempDir();
    await using first = cache;
    await using one = await make();
    await archive.publish({ packages: PACKAGES, date: new Date(Date.now() + 5000) }, keys);
    archive.requests.length = 0;
    await using again = await make();
    assert.ok(!archive.requests.some((path) => path.startsWith("pool/")));
    cache = await tempDir();
    await using _second = cache;
    await using other = await make();
    assert.deepEqual(again.images[0]?.descriptor, one.images[0]?.descriptor);
    assert.deepEqual(other.images[0]?.descriptor, one.images[0]?.descriptor);
    assert.deepEqual(other.images[0]?.sbom, one.images[0]?.sbom);
    assert.ok(first.path);
  });

  test("a lock gives what was chosen then, though there is newer by now", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    cache = await tempDir();
    await using _cache = cache;
    await using made = await make();
    const newer = { name: "lib", version: "3", files: { "lib/lib.so": "newest" } };
    await archive.publish({ packages: [...PACKAGES, newer] }, keys);
    await using locked = await make({}, { lock: made.lock });
    assert.deepEqual(locked.images[0]?.descriptor, made.images[0]?.descriptor);
    await using fresh = await make();
    assert.notDeepEqual(fresh.images[0]?.descriptor, made.images[0]?.descriptor);
    const error = await assertCode(async () => await make({ packages: ["lib"] }, { lock: made.lock }), "ERR_BASE_LOCK");
    assert.match(error.message, /packages app", expected ".*packages lib"/);
  });

  test("a download that breaks off goes on where it was", async () => {
    const large = { name: "app", files: { "usr/bin/app": "x".repeat(3_000_000) }, compression: "" as const };
    await archive.publish({ packages: [large] }, keys);
    cache = await tempDir();
    await using _cache = cache;
    archive.requests.length = 0;
    archive.breaks.add("pool/app_1_amd64.deb");
    await using made = await make();
    assert.ok(made.images[0]);
    assert.ok(
      archive.requests.some((path) => /^pool\/app_1_amd64\.deb\+\d+$/.test(path)),
      archive.requests.join(" "),
    );
  });

  test("Release with a detached signature, keys as text, several signers of which one is known", async () => {
    await archive.publish(
      { packages: PACKAGES, signature: "detached", tamper: (files) => files.delete("dists/stable/InRelease") },
      keys,
    );
    const other = await FakeArchive.serve();
    await using served = other;
    const mine = archive;
    archive = served;
    try {
      await archive.publish({ packages: PACKAGES, signature: "detached", signers: ["bad", "good"] }, keys);
      cache = await tempDir();
      await using _cache = cache;
      await using made = await make({}, {}, [keys.armoured("good")]);
      assert.ok(made.images[0]);
    } finally {
      archive = mine;
    }
  });

  test("a signature of a key that is not trusted", async () => {
    await archive.publish({ packages: PACKAGES, signers: ["bad"] }, keys);
    const error = await failure("ERR_ARCHIVE_SIGNATURE");
    assert.match(error.message, /^Verifying ".*InRelease": there is no key [0-9A-F]{16}$/);
    await archive.publish({ packages: PACKAGES }, keys);
    assert.match((await failure("ERR_ARCHIVE_SIGNATURE", {}, [bad])).message, /there is no key/);
    assert.match((await failure("ERR_ARCHIVE_SIGNATURE", {}, [])).message, /no keys are configured/);
    assert.match((await failure("ERR_ARCHIVE_SIGNATURE", {}, ["/nowhere.gpg"])).message, /its keyring/);
  });

  test("a text that was changed after it was signed", async () => {
    const change = (from: string, to: string): ((files: Map<string, Uint8Array>) => void) => {
      return (files) => {
        const text = Buffer.from(files.get("dists/stable/InRelease") ?? []).toString();
        assert.ok(text.includes(from));
        files.set("dists/stable/InRelease", Buffer.from(text.replace(from, to)));
      };
    };
    await archive.publish({ packages: PACKAGES, tamper: change("Suite: stable", "Suite: stabil") }, keys);
    assert.match((await failure("ERR_ARCHIVE_SIGNATURE")).message, /the text does not fit the signature/);
    await archive.publish(
      { packages: PACKAGES, tamper: change("-----BEGIN PGP SIGNED", "Suite: evil\n-----BEGIN PGP SIGNED") },
      keys,
    );
    assert.match((await failure("ERR_ARCHIVE_SIGNATURE")).message, /not one clear-signed text/);
  });

  test("an archive that is expired, from the future, or older than before", async () => {
    const hour = 3_600_000;
    const now = Date.now();
    await archive.publish(
      { packages: PACKAGES, date: new Date(now - 2 * hour), validUntil: new Date(now - hour) },
      keys,
    );
    assert.match((await failure("ERR_ARCHIVE_STALE")).message, /it expired at/);
    await archive.publish({ packages: PACKAGES, date: new Date(now + hour) }, keys);
    assert.match((await failure("ERR_ARCHIVE_STALE")).message, /yet to come/);
    await archive.publish({ packages: PACKAGES }, keys);
    cache = await tempDir();
    await using _cache = cache;
    await (await make())[Symbol.asyncDispose]();
    await archive.publish({ packages: PACKAGES, date: new Date(now - hour) }, keys);
    const error = await assertCode(async () => await make(), "ERR_ARCHIVE_STALE");
    assert.match(error.message, /was seen before$/);
  });

  test("an index and a package that are not what was signed", async () => {
    const spoil = (path: string) => (files: Map<string, Uint8Array>) => {
      const bytes = Uint8Array.from(files.get(path) ?? []);
      bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
      files.set(path, bytes);
    };
    await archive.publish({ packages: PACKAGES, tamper: spoil("dists/stable/main/binary-amd64/Packages.gz") }, keys);
    assert.match((await failure("ERR_DOWNLOAD_HASH")).message, /Packages\.gz": it is not what it must be/);
    await archive.publish({ packages: PACKAGES, tamper: spoil("pool/app_1_amd64.deb") }, keys);
    await failure("ERR_DOWNLOAD_HASH");
    const cut = (files: Map<string, Uint8Array>): void => {
      files.set("pool/app_1_amd64.deb", (files.get("pool/app_1_amd64.deb") ?? new Uint8Array()).subarray(0, 100));
    };
    await archive.publish({ packages: PACKAGES, tamper: cut }, keys);
    await failure("ERR_DOWNLOAD_HASH");
  });

  test("packages that are missing, or conflict, or have the same file", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    assert.match((await failure("ERR_DEB_MISSING", { packages: ["nothing"] })).message, /no archive has it/);
    assert.match((await failure("ERR_DEB_MISSING", { packages: ["app=7"] })).message, /there is only app 1/);
    assert.match(
      (await failure("ERR_DEB_CONFLICT", { packages: ["app", "rival"] })).message,
      /rival 1 conflicts with lib/,
    );
    const error = await failure("ERR_DEB_CONFLICT", { packages: ["app", "twin"] });
    assert.equal(error.message, 'Unpacking package "twin": it has "usr/bin/app", which app has too');
    assert.match((await failure("ERR_BASE_OPTION", { packages: ["Bad Name"] })).message, /is no package/);
    const arm = { platforms: [{ os: "linux", architecture: "arm64" }] };
    assert.match((await failure("ERR_APT_ARCHIVE", arm)).message, /no such architecture/);
    await failure("ERR_BASE_OPTION", { platforms: [{ os: "windows", architecture: "amd64" }] });
  });

  test("a script that does what is not known is refused, unless somebody takes it on", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    const error = await failure("ERR_BASE_SCRIPT", { packages: ["odd"] });
    assert.match(error.message, /^Installing package "odd 1": its postinst .* such as "mkfs \/dev\/sda"$/);
    cache = await tempDir();
    await using _cache = cache;
    await using made = await make({ packages: ["odd"] }, { ignoreScriptsOf: ["odd"] });
    assert.ok(made.images[0]);
  });

  test("a script that is taken on by its digest is remembered by the lock, and only that script", async () => {
    await archive.publish({ packages: PACKAGES }, keys);
    const { detail } = await failure("ERR_BASE_SCRIPT", { packages: ["odd"] });
    const digest = String(Reflect.get(Object(detail), "digest"));
    cache = await tempDir();
    await using _cache = cache;
    await using made = await make({ packages: ["odd"] }, { acceptScripts: [digest] });
    assert.deepEqual(made.lock.acceptScripts, [digest]);
    const lock = parseLock(formatLock(made.lock), "lock");
    await using again = await make({ packages: ["odd"] }, { lock });
    assert.deepEqual(again.images[0]?.descriptor, made.images[0]?.descriptor);
    const none = { ...lock, acceptScripts: [`sha256:${"0".repeat(64)}`] };
    await assertCode(async () => await make({ packages: ["odd"] }, { lock: none }), "ERR_BASE_SCRIPT");
    await assertCode(async () => await make({ packages: ["odd"] }, { acceptScripts: ["odd"] }), "ERR_BASE_OPTION");
    assert.throws(() => parseLock(formatLock({ ...lock, acceptScripts: ["odd"] }), "lock"), /acceptScripts/);
  });

  test("an archive that cannot be reached, or is not there", async () => {
    const served = await FakeArchive.serve();
    const source = served.source([good]);
    await using folder = await tempDir();
    const context = contextOf(folder);
    const other = { ...context, apt: { ...context.apt, sources: [source] } };
    const error = await assertCode(async () => await makeBase(request, {}, other), "ERR_APT_ARCHIVE");
    assert.match(error.message, /neither InRelease nor Release is there/);
    await served[Symbol.asyncDispose]();
    const none = { ...context, apt: { ...context.apt, sources: [] } };
    await assertCode(async () => await makeBase(request, {}, none), "ERR_APT_SOURCES");
  });
});
