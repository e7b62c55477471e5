/**
 * Plans applications in Go, and programs of any language that a Procfile starts.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { Overrides } from "./overrides.ts";
import { basePlan, configPlan } from "./config-plan.ts";
import { APP_FOLDER, type Plan } from "./plan.ts";
import { procfileCommand } from "./procfile.ts";
import type { Project } from "./project.ts";
import { simpleCommand } from "./shell-words.ts";

const PROGRAM = "program";

/** Plans a module of Go: one static program, compiled here for each platform. @throws TeuError `ERR_BUILD_START` */
export function planGo(project: Project, overrides: Overrides): Plan {
  const name = /^module\s+(\S+)/m.exec(project.text("go.mod") ?? "")?.[1] ?? "";
  const main = overrides.entry ?? goMain(project);
  const program = `${APP_FOLDER}/${PROGRAM}`;
  return {
    version: 1,
    kind: "go",
    name: name.slice(name.lastIndexOf("/") + 1),
    base: basePlan(overrides, { kind: "scratch" }),
    build: "script",
    steps: [
      {
        name: "compile",
        run: [
          "go",
          "build",
          "-trimpath",
          "-buildvcs=false",
          "-ldflags=-s -w -buildid=",
          "-o",
          `{out}/${PROGRAM}`,
          main,
        ],
        folder: ".",
        env: { CGO_ENABLED: "0", GOOS: "{os}", GOARCH: "{architecture}" },
        perPlatform: true,
        output: `{out}/${PROGRAM}`,
      },
    ],
    layers: [{ from: "file", to: program, file: PROGRAM }],
    config: configPlan(
      {
        workdir: overrides.workdir ?? APP_FOLDER,
        env: {},
        entrypoint: [program],
        labels: { "org.opencontainers.image.title": name },
        isService: true,
      },
      overrides,
    ),
    notes: [
      "Go compiles here, without C, for each platform",
      ...(overrides.base === undefined
        ? ["Without a base there are no certificates of authorities; --base gives one"]
        : []),
    ],
  };
}

/** The package with the program: the root's, or the only one below `cmd`. */
function goMain(project: Project): string {
  const isMain = (folder: string): boolean =>
    project
      .list(folder)
      .some(
        (name) =>
          name.endsWith(".go") &&
          !name.endsWith("_test.go") &&
          /^package main\b/m.test(project.text(`${folder}/${name}`) ?? ""),
      );
  if (isMain(".")) return ".";
  const commands = project.list("cmd").filter((name) => name.endsWith("/") && isMain(`cmd/${name.slice(0, -1)}`));
  const [only] = commands;
  if (only !== undefined && commands.length === 1) return `./cmd/${only.slice(0, -1)}`;
  const found =
    commands.length === 0 ? "no package main at the root or below cmd" : `several programs: ${commands.join(", ")}`;
  throw new TeuError<BuildErrorCode>("ERR_BUILD_START", `Planning the program of a Go module: there is ${found}`, {
    hint: 'Say it in teu.build.json: { "entry": "./cmd/NAME" }',
  });
}

/** Plans a program of any language: all files, on a base that the user names. @throws TeuError `ERR_BUILD_START` */
export function planProcfile(project: Project, overrides: Overrides): Plan {
  const text = overrides.start ?? procfileCommand(project);
  if (text === undefined) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_START",
      'Planning the start of the application: its Procfile has no process "web"',
      {
        hint: 'Add a line "web: COMMAND"',
      },
    );
  }
  const command = typeof text === "string" ? simpleCommand(text) : { env: {}, words: text };
  const folder = overrides.workdir ?? APP_FOLDER;
  return {
    version: 1,
    kind: "procfile",
    name: "",
    base: basePlan(overrides, { kind: "named" }),
    build: "none",
    steps: [],
    layers: [{ from: "application", to: folder, folder: ".", ignore: overrides.ignore ?? [] }],
    config: configPlan(
      {
        workdir: folder,
        env: command?.env ?? {},
        cmd: command?.words ?? ["/bin/sh", "-c", String(text)],
        isService: true,
      },
      overrides,
    ),
    notes: ["What starts it has to be in the base, or among the files"],
  };
}
