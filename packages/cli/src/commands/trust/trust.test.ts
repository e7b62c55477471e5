import assert from "node:assert/strict";
import { readFile, readdir, stat } from "node:fs/promises";
import { suite, test } from "node:test";
import { openLayout } from "@teu/content/layout-store";
import { putAll, sampleImage } from "@teu/content/testing/samples";
import { formatPublicKey, generateKey, privateKeyToDer } from "@teu/pki/keys";
import { formatPem } from "@teu/pki/pem";
import { type FakeRegistry, startFakeRegistry } from "@teu/registry-client/testing/fake-registry";
import { type TempDir, tempDir } from "@teu/testing/temp-dir";
import { COMMANDS } from "../../commands.ts";
import type { Host } from "../../host.ts";
import { run } from "../../run.ts";

const PASSWORD = "Tr0ub4dor&3";
const IMAGE = sampleImage("signed");
const OTHER = sampleImage("other");
const [KEY, OTHER_KEY] = [await generateKey(), await generateKey()];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

interface World extends AsyncDisposable {
  readonly dir: TempDir;
  readonly fake: FakeRegistry;
  /** Runs teu with a home of its own, and fails the test if a secret is shown. */
  readonly teu: (...words: readonly string[]) => Promise<Ended>;
  /** Runs it and fails the test unless it ends well. */
  readonly works: (...words: readonly string[]) => Promise<string>;
}

async function world(): Promise<World> {
  const cleanup = new AsyncDisposableStack();
  const dir = cleanup.use(await tempDir());
  const fake = cleanup.use(await startFakeRegistry());
  const layout = await openLayout(dir.join("layout"), { create: true });
  for (const [tag, image] of [
    ["v1", IMAGE],
    ["v2", OTHER],
  ] as const) {
    await putAll(layout, image);
    await layout.tag(tag, image.root);
  }
  const teu: World["teu"] = async (...words) => {
    const seen = { out: "", notes: "" };
    const host: Host = {
      out: (text) => void (seen.out += text),
      bytes: async (chunk) => void (seen.out += new TextDecoder().decode(chunk)),
      note: (line) => void (seen.notes += `${line}\n`),
      env: { HOME: dir.path, TEU_ROOT: dir.join("teu"), TEU_KEY_PASSWORD: PASSWORD },
      cwd: dir.path,
      signal: new AbortController().signal,
    };
    const code = await run(words, COMMANDS, host);
    assert.ok(!`${seen.out}${seen.notes}`.includes(PASSWORD));
    assert.ok(!`${seen.out}${seen.notes}`.includes("PRIVATE KEY-----"));
    return { code, ...seen };
  };
  const works: World["works"] = async (...words) => {
    const { code, out, notes } = await teu(...words);
    assert.equal(code, 0, `${words.join(" ")}: ${out}${notes}`);
    return out;
  };
  // In plain, since to open an encrypted one takes a third of a second each time.
  for (const [name, key] of Object.entries({ k: KEY, other: OTHER_KEY })) {
    await dir.write(`${name}.key`, formatPem({ label: "PRIVATE KEY", bytes: privateKeyToDer(key) }));
    await dir.write(`${name}.pub`, formatPublicKey(key));
  }
  return { dir, fake, teu, works, [Symbol.asyncDispose]: async () => await cleanup.disposeAsync() };
}

suite("teu key, sign, verify, attest", { concurrency: true }, () => {
  test("keys are made for their owner alone, never in place of others, and go in and out", async () => {
    await using here = await world();
    await here.works("key", "generate", "new");
    assert.equal((await stat(here.dir.join("new.key"))).mode & 0o777, 0o600);
    assert.match((await here.teu("key", "generate", "new")).notes, /new\.key": it exists/);
    await here.works("key", "export", "new.key", "--private", "plain.pem");
    assert.equal((await stat(here.dir.join("plain.pem"))).mode & 0o777, 0o600);
    await here.works("key", "import", "plain.pem", "again");
    assert.equal(await here.works("key", "export", "again.key"), await readFile(here.dir.join("new.pub"), "utf8"));
    const shown = JSON.parse(await here.works("key", "show", "new.key", "--format", "json")) as {
      readonly kind: string;
    };
    assert.equal(shown.kind, "ecdsa-p256");
    const wrong = await here.dir.write("wrong", "not it");
    const { code, notes } = await here.teu("key", "show", "new.key", "--password-file", wrong);
    assert.equal(code, 1);
    assert.match(notes, /does not open with the password/);
    assert.equal((await here.teu("key", "generate", "x", "--kind", "ed25519")).code, 2);
  });

  test("an image at a registry is signed in two forms, verified by name, and refused under another", async () => {
    await using here = await world();
    const name = `${here.fake.host}/team/app:v1`;
    await here.works("push", "-q", "oci:layout:v1", name);
    assert.match((await here.teu("verify", "--key", "k.pub", name)).out, /not verified: there is no signature/);
    const signed = await here.works("sign", "--key", "k.key", "-a", "stage=prod", name);
    assert.deepEqual(
      signed.split("\n").map((line) => line.split("  ")[1]),
      ["bundle", "legacy", undefined],
    );
    const verified = await here.works("verify", "--key", "k.pub", "-a", "stage=prod", "--format", "json", name);
    const [verdict] = JSON.parse(verified) as readonly {
      readonly accepted: boolean;
      readonly signers: readonly string[];
    }[];
    assert.deepEqual([verdict?.accepted, verdict?.signers], [true, ["k.pub"]]);
    await here.works("verify", "--key", "k.pub", "--require-name", name);
    await here.works("tag", `docker://${name}`, "v9");
    const moved = await here.teu("verify", "--key", "k.pub", "--require-name", `${here.fake.host}/team/app:v9`);
    assert.equal(moved.code, 1);
    assert.match(moved.out, /refused, other-name/);
    assert.match((await here.teu("verify", "--key", "k.pub", "-a", "stage=test", name)).out, /annotations-missing/);
    assert.match((await here.teu("verify", "--key", "other.pub", name)).out, /untrusted-signer/);
    const both = ["verify", "--key", "k.pub", "--key", "other.pub", "--threshold", "2", name];
    assert.equal((await here.teu(...both)).code, 1);
    await here.works("sign", "--key", "other.key", name);
    await here.works(...both);
  });

  test("signatures in a folder and in the store stand beside the image without hiding it", async () => {
    await using here = await world();
    const bare = await here.teu("sign", "--key", "k.key", "oci:layout:v1");
    assert.match(bare.notes, /only the bundle is written/);
    await here.works("sign", "--key", "k.key", "--name", "example.com/team/app:v1", "oci:layout:v1");
    await here.works(
      "verify",
      "--key",
      "k.pub",
      "--require-name",
      "--name",
      "example.com/team/app:v1",
      "oci:layout:v1",
    );
    assert.equal((await here.teu("verify", "--key", "k.pub", "oci:layout:v2")).code, 1);
    await here.works("copy", "-q", "oci:layout:v1", "store:example.com/team/app:v1");
    await here.works("sign", "--key", "k.key", "store:example.com/team/app:v1");
    await here.works("verify", "--key", "k.pub", "--require-name", "store:example.com/team/app:v1");
    assert.equal((await here.teu("sign", "--key", "k.key", "oci-archive:none.tar")).code, 1);
  });

  test("what the builder put beside an image is attested to as it is", async () => {
    await using here = await world();
    const image = `${here.fake.host}/team/app:v1`;
    await here.works("copy", "oci:layout:v1", `docker://${image}`);
    const attest = ["attest", "--key", "k.key", "--attached", image];
    assert.match((await here.teu(...attest)).notes, /attached to .*: there is nothing/);
    await here.dir.write("bill.json", JSON.stringify({ spdxVersion: "SPDX-2.3", name: "signed" }));
    const provenance = { buildDefinition: { buildType: "https://example.com/build" } };
    for (const [file, digest] of [
      ["about.json", IMAGE.root.digest],
      ["other.json", OTHER.root.digest],
    ] as const) {
      const subject = [{ digest: { sha256: digest.slice("sha256:".length) } }];
      const statement = {
        _type: "https://in-toto.io/Statement/v1",
        subject,
        predicateType: "https://slsa.dev/provenance/v1",
      };
      await here.dir.write(file, JSON.stringify({ ...statement, predicate: provenance }));
      await here.works("referrers", "attach", image, `${file}:application/vnd.in-toto+json`);
    }
    await here.works("referrers", "attach", image, "bill.json:application/spdx+json");
    assert.equal((await here.works(...attest, "--form", "bundle")).split("\n").length, 3);
    assert.match(await here.works("verify", "--key", "k.pub", "--type", "spdxjson", image), /verified/);
    assert.match(await here.works("verify", "--key", "k.pub", "--type", "slsaprovenance1", image), /verified/);
    assert.match(await here.works("attestation", "show", image, "--type", "slsaprovenance1"), /example.com\/build/);
    await here.dir.write("broken.json", "{");
    await here.works("referrers", "attach", image, "broken.json:application/spdx+json");
    assert.match((await here.teu(...attest)).notes, /Reading a document of type application\/spdx\+json/);
  });

  test("an attestation is listed, shown, written and verified, and is no signature", async () => {
    await using here = await world();
    await here.dir.write("fact.json", '{"result":"passed"}');
    const words = ["attest", "--key", "k.key", "--type", "test-result", "--predicate", "fact.json", "oci:layout:v1"];
    await here.works(...words);
    assert.match(
      await here.works("attestation", "ls", "oci:layout:v1"),
      /bundle {2}https:\/\/in-toto.io\/attestation\/test-result/,
    );
    assert.match(await here.works("attestation", "show", "oci:layout:v1"), /"result": "passed"/);
    await here.works("attestation", "download", "oci:layout:v1", "out");
    assert.equal((await readdir(here.dir.join("out"))).length, 2);
    assert.match(await here.works("attestation", "tree", "oci:layout:v1"), /dsse {2}https/);
    await here.works("verify", "--key", "k.pub", "--type", "test-result", "oci:layout:v1");
    assert.match((await here.teu("verify", "--key", "k.pub", "oci:layout:v1")).out, /refused, not-a-signature/);
    assert.equal((await here.teu("verify", "--key", "k.pub", "--type", "vsa", "oci:layout:v1")).code, 1);
  });

  test("a tag that goes back is noticed, and one without a record is not fresh", async () => {
    await using here = await world();
    const name = `${here.fake.host}/team/app:stable`;
    const fresh = ["verify", "--key", "k.pub", "--fresh", name];
    const sign = ["sign", "--key", "k.key", "--tag-record", "--expires", "30d", "--sequence"];
    await here.works("push", "-q", "oci:layout:v1", name);
    await here.works("sign", "--key", "k.key", name);
    assert.match((await here.teu(...fresh)).out, /no attestation counts|there is no attestation/);
    await here.works(...sign, "1", name);
    await here.works(...fresh);
    await here.works("push", "-q", "oci:layout:v2", name);
    await here.works(...sign, "2", name);
    await here.works(...fresh);
    await here.works("push", "-q", "oci:layout:v1", name);
    const back = await here.teu(...fresh);
    assert.equal(back.code, 1);
    assert.match(back.out, /rolled-back/);
    assert.equal((await here.teu("sign", "--key", "k.key", "--tag-record", name)).code, 2);
  });

  test("nobody to trust, or half an identity, is a wrong command line", async () => {
    await using here = await world();
    for (const words of [
      [],
      ["--identity", "a@example.com"],
      ["--key", "k.pub", "--threshold", "0"],
      ["--key", "k.pub", "--type", "no such"],
    ])
      assert.equal((await here.teu("verify", ...words, "oci:layout:v1")).code, 2, words.join(" "));
  });
});
