import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, stat, utimes, writeFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { Script } from "node:vm";
import { tempDir } from "@teu/testing/temp-dir";
import { CodeCache } from "./code-cache.ts";
import { Builtins } from "./extra-authorities.ts";
import { Modules, type PackedModules, sourceOf } from "./modules.ts";
import { Stamps, isStale } from "./stamp.ts";

suite("Stamps", () => {
  test("take sources as they were, and refuse one that changed or went", async () => {
    await using dir = await tempDir();
    const source = await dir.write("source.ts", "one");
    const { mtimeMs } = await stat(source);
    const check = async (row: readonly unknown[]): Promise<void> => {
      await dir.write("stamps/program.json", JSON.stringify([row]));
      new Stamps(dir.join("stamps"), dir.path).check("program");
    };
    await check(["source.ts", 3, mtimeMs]);
    await assert.rejects(check(["source.ts", 4, mtimeMs]), isStale);
    await assert.rejects(check(["gone.ts", 3, mtimeMs]), isStale);
    await utimes(source, new Date(), new Date(mtimeMs + 1000));
    await assert.rejects(check(["source.ts", 3, mtimeMs]), isStale);
  });

  test("are of the program and of the command, and of nothing after", async () => {
    await using dir = await tempDir();
    await dir.write("program.json", "[]");
    await dir.write("ls-1.json", JSON.stringify([["gone.ts", 1, 1]]));
    const stamps = new Stamps(dir.path, dir.path);
    stamps.check("program");
    stamps.check("./chunk-1.js");
    assert.throws(() => stamps.check("./ls-1.js"), isStale);
    stamps.check("./later-1.js");
  });
});

suite("CodeCache", () => {
  const source = "({ used: function () { return 1 } })";

  test("keeps the text of modules, and what V8 makes of it", async () => {
    await using dir = await tempDir();
    const cache = new CodeCache(dir.path, "id", "ls");
    assert.equal(cache.read(), undefined);
    cache.keep(source);
    assert.deepEqual(cache.read(), { source, code: undefined });
    cache.keep(source, new Script(source));
    const kept = cache.read();
    assert.equal(kept?.source, source);
    assert.equal(new Script(source, { cachedData: kept?.code }).cachedDataRejected, false);
  });

  test("trusts no file that others may write, and none cut short", async () => {
    await using dir = await tempDir();
    const cache = new CodeCache(dir.path, "id", "ls");
    cache.keep(source);
    await chmod(cache.path, 0o666);
    assert.equal(cache.read(), undefined);
    await chmod(cache.path, 0o644);
    assert.notEqual(cache.read(), undefined);
    for (const text of ["ab", "abcdef"]) {
      await writeFile(cache.path, text);
      assert.equal(cache.read(), undefined);
    }
  });
});

test("Modules loads what is known, and reads the whole pack for what is not; its text is a script of them again", () => {
  const pack: PackedModules = {
    program: (module, _exports, require) => {
      module.exports = { path: require("node:path"), part: require("./part.js") };
    },
    "./part.js": (module) => {
      module.exports = "part";
    },
  };
  let reads = 0;
  const load = (known: PackedModules): Modules => {
    const whole = (): PackedModules => {
      reads += 1;
      return pack;
    };
    const modules = new Modules(known, { whole, builtins: new Builtins({}), stamps: undefined });
    assert.deepEqual(modules.load("program"), { path: process.getBuiltinModule("node:path"), part: "part" });
    return modules;
  };
  const first = load({});
  assert.equal(reads, 1);
  const script = new Script(sourceOf(first.all(first.used())));
  const again = load(script.runInThisContext() as PackedModules);
  assert.equal(reads, 1);
  assert.deepEqual(again.used(), ["program", "./part.js"]);
  assert.throws(() => again.load("./gone.js"), /install teu again/);
});

test("Modules loads what takes long of Node when it is used", () => {
  const asked: string[] = [];
  const builtins = new (class extends Builtins {
    override load(name: string): unknown {
      asked.push(name);
      return super.load(name);
    }
  })({});
  const modules = new Modules({}, { whole: () => ({}), builtins, stamps: undefined });
  const late = modules.load("node:fs/promises") as Record<string, unknown>;
  assert.equal(modules.load("node:fs/promises"), late);
  assert.deepEqual(asked, []);
  assert.equal(late["open"], process.getBuiltinModule("node:fs/promises").open);
  assert.deepEqual({ ...late }, { ...process.getBuiltinModule("node:fs/promises") });
  assert.ok("rename" in late);
  assert.deepEqual(modules.used(), []);
});

test("Builtins gives the name of the authorities' file back to the environment", () => {
  const env: NodeJS.ProcessEnv = { TEU_EXTRA_CA_CERTS: "", PATH: "/bin" };
  const builtins = new Builtins(env);
  assert.deepEqual(env, { PATH: "/bin" });
  assert.equal(builtins.load("node:path"), process.getBuiltinModule("node:path"));
  assert.equal(builtins.load("no such module"), undefined);
});

test("Builtins has the authorities of the file trusted once TLS is loaded", async () => {
  await using dir = await tempDir();
  const file = await dir.write("extra.pem", `comment\n${rootCertificates[0]}\n`);
  const script = `import { Builtins } from ${JSON.stringify(new URL("extra-authorities.ts", import.meta.url).href)};
const tls = new Builtins(process.env).load("node:tls");
tls.setDefaultCACertificates([]);
const [extra, before] = [tls.getCACertificates("extra").length, tls.getCACertificates("default").length];
tls.createSecureContext({});
console.log(extra, before, tls.getCACertificates("default").length, process.env.NODE_EXTRA_CA_CERTS);`;
  const words = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { TEU_EXTRA_CA_CERTS: file } });
  assert.equal(stdout, `1 0 1 ${file}\n`);
});
