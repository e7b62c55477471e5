/**
 * Shows that every guard of the runtime has a test that fails without it: takes each out in a copy of the sources, builds
 * that with QuickJS, and runs the test that must fail then.
 *   sh tools/run test/runtime/guards.ts [NAME…]
 * As root; takes minutes, and is no part of the gate.
 * @module
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../tools/project.ts";

/** One guard, perhaps in more than one place, and the test that must fail without it. */
interface Guard {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** A file of test/runtime without its ending, and a part of the test's name. */
  readonly test: readonly [string, string];
}

/** A piece of a source file, and what it is without the guard. */
interface Edit {
  readonly file: string;
  readonly line: string;
  readonly without: string;
}

const SRC = "packages/runtime/src";

const GUARDS: readonly Guard[] = [
  {
    name: "CVE-2016-9962 processes that enter cannot be looked into",
    edits: [
      {
        file: `${SRC}/container/init.ts`,
        line: 'control(PR_SET_DUMPABLE, [0], "forbid looking into the process");',
        without: 'control(PR_SET_DUMPABLE, [1], "allow looking into the process");',
      },
    ],
    test: ["security", "CVE-2016-9962"],
  },
  {
    name: "CVE-2019-5736 the program runs from a file that cannot be written",
    edits: [
      {
        file: `${SRC}/container/seal.ts`,
        line: "words.some((word) => ENTERING.includes(word))",
        without: "words.length > 99",
      },
      {
        file: "tools/native/program/start.c",
        line: "enters(words) ? read_only_self() : -1",
        without: "enters(words) > 99 ? read_only_self() : -1",
      },
    ],
    test: ["security", "CVE-2019-5736"],
  },
  {
    name: "CVE-2019-16884 nothing is mounted over /proc",
    edits: [
      {
        file: `${SRC}/rootfs/mounts.ts`,
        line: "  checkPlaceInProc(mount);\n",
        without: '  if (mount.destination === "") checkPlaceInProc(mount);\n',
      },
    ],
    test: ["special-mounts", "CVE-2019-16884"],
  },
  {
    name: "CVE-2019-18837 links of the image are looked up inside",
    edits: [
      {
        file: `${SRC}/rootfs/inside.ts`,
        line: "tryOpenResolved(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)",
        without: "tryOpenResolved(root, `.${path}`, flags, RESOLVE_NO_MAGICLINKS)",
      },
    ],
    test: ["security", "CVE-2019-18837"],
  },
  {
    name: "CVE-2021-30465 a place is looked up once",
    edits: [
      {
        file: `${SRC}/rootfs/attach.ts`,
        line: "      attach(tree, place, step.target);\n    } else {",
        without: "      attach(tree, open(`${scene.rootPath}${step.target}`, O_PATH), step.target);\n    } else {",
      },
    ],
    test: ["security", "CVE-2021-30465"],
  },
  {
    name: "CVE-2022-29162 inheritable capabilities are those of the configuration",
    edits: [
      {
        file: `${SRC}/process/identity.ts`,
        line: 'choose("inheritable", names?.inheritable ?? [])',
        without: 'choose("inheritable", names?.permitted ?? [])',
      },
    ],
    test: ["security", "CVE-2022-29162"],
  },
  {
    name: "CVE-2023-25809 the host's cgroups below a read-only /sys are read-only",
    edits: [
      {
        file: `${SRC}/rootfs/masks.ts`,
        line: "= planHostCgroups(config);",
        without: '= config.bundle === "" ? planHostCgroups(config) : [];',
      },
    ],
    test: ["rootless", "CVE-2023-25809"],
  },
  {
    name: "CVE-2023-27561 /proc and /sys are no links",
    edits: [
      { file: `${SRC}/rootfs/attach.ts`, line: "if (direct === -ELOOP)", without: "if (direct === -ELOOP - 1000)" },
    ],
    test: ["special-mounts", "CVE-2023-27561"],
  },
  {
    name: "CVE-2024-21626 nothing of the caller's is held, and the working folder lies inside",
    edits: [
      {
        file: `${SRC}/container/create.ts`,
        line: "  closeFrom(3 + options.listenFds + options.preservedFds);\n",
        without: "  if (options.listenFds > 99) closeFrom(3 + options.listenFds + options.preservedFds);\n",
      },
      {
        file: `${SRC}/process/program.ts`,
        line: 'if (!currentFolder().startsWith("/"))',
        without: 'if (currentFolder() === "")',
      },
    ],
    test: ["security", "CVE-2024-21626"],
  },
  {
    name: "CVE-2025-31133 a mask is the null device",
    edits: [
      {
        file: `${SRC}/rootfs/masks.ts`,
        line: "  checkNullDevice(fd);\n",
        without: "  if (fd < 0) checkNullDevice(fd);\n",
      },
    ],
    test: ["security", "CVE-2025-31133"],
  },
  {
    name: "CVE-2025-52565 a terminal is of the container's devpts",
    edits: [
      {
        file: `${SRC}/container/terminal.ts`,
        line: 'if (statFileSystem(master, "/dev/pts/ptmx").type !== DEVPTS)',
        without: "if (DEVPTS < 0)",
      },
    ],
    test: ["security", "CVE-2025-52565"],
  },
  {
    name: "numbers of users are read strictly",
    edits: [
      {
        file: `${SRC}/cli/exec.ts`,
        line: "if (/^[0-9]{1,10}$/.test(text) && Number(text) < 0xffffffff) return Number(text);",
        without: 'if (text !== "-") return Number(text.replace(/[^0-9].*$/, "0"));',
      },
    ],
    test: ["exec", "what cannot be run"],
  },
  {
    name: "the host's /dev/null is not held by a program",
    edits: [
      {
        file: `${SRC}/process/start.ts`,
        line: "  ownStandardStreams(process.uid);\n",
        without: "  if (process.uid < 0) ownStandardStreams(process.uid);\n",
      },
    ],
    test: ["descriptors", "gives way"],
  },
];

const copy = mkdtempSync(join(tmpdir(), "teu-guards-"));
try {
  makeCopy();
  const wanted = process.argv.slice(2);
  const chosen = GUARDS.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  build();
  const tested = chosen.filter(({ name, test }) => {
    const result = resultOf(test);
    return result === "passed" ? true : tell(name, `its test ${result} with the guard, too`, false);
  });
  const held = tested.filter(isHeld).length;
  console.log(`teu: ${held} of ${chosen.length} guards have a test that fails without them`);
  process.exitCode = held === chosen.length ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true });
}

function makeCopy(): void {
  for (const part of ["packages", "tools", "test/runtime", "package.json", "tsconfig.base.json"])
    cpSync(join(projectRoot, part), join(copy, part), { recursive: true, filter: isSource, verbatimSymlinks: true });
  // Rooms find each other by links, which must lead into the copy.
  mkdirSync(join(copy, "node_modules/@teu"), { recursive: true });
  for (const name of readdirSync(join(projectRoot, "node_modules")))
    if (name !== "@teu") symlinkSync(join(projectRoot, "node_modules", name), join(copy, "node_modules", name));
  for (const room of readdirSync(join(copy, "packages")))
    symlinkSync(`../../packages/${room}`, join(copy, "node_modules/@teu", room));
}

function isSource(path: string): boolean {
  return !/\/(node_modules|dist|\.setup)$/u.test(path);
}

function isHeld({ name, edits, test }: Guard): boolean {
  const sources = edits.map(({ file }) => readFileSync(join(copy, file), "utf8"));
  try {
    for (const [at, { file, line, without }] of edits.entries()) {
      const source = sources[at] ?? "";
      if (source.split(line).length !== 2) return tell(name, `${file} has not once ${line.trim()}`, false);
      writeFileSync(
        join(copy, file),
        source.replace(line, () => without),
      );
    }
    build();
    const result = resultOf(test);
    return result === "failed" ? tell(name, "held", true) : tell(name, `its test ${result} without it`, false);
  } finally {
    for (const [at, { file }] of edits.entries()) writeFileSync(join(copy, file), sources[at] ?? "");
  }
}

function tell(name: string, what: string, good: boolean): boolean {
  console.log(`${good ? "ok    " : "not ok"} ${name}: ${what}`);
  return good;
}

function build(): void {
  run(["--conditions=@teu/source", "tools/native/build.ts", "--only", "quickjs"]);
  const dist = join(copy, "packages/runtime/dist/teu-runtime");
  copyFileSync(`${dist}-quickjs`, dist);
}

function resultOf([file, part]: Guard["test"]): "passed" | "failed" | "was skipped" {
  const options = ["--test-reporter=tap", `--test-name-pattern=${part}`];
  const { stdout } = run(["--conditions=@teu/source", "--test", ...options, `test/runtime/${file}.test.ts`]);
  const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, "mu").exec(stdout)?.[1] ?? "0");
  if (count("fail") > 0) return "failed";
  return count("pass") > 0 ? "passed" : "was skipped";
}

function run(args: readonly string[]): { readonly stdout: string } {
  const env = { ...process.env, TEU_SYSTEM_TESTS: "1", NODE_COMPILE_CACHE: "" };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: copy, env, encoding: "utf8" });
  if (status !== 0 && !args.includes("--test")) throw new Error(`${args.join(" ")}: ${stderr}`);
  return { stdout };
}
