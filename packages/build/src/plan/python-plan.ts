/**
 * Plans applications in Python: wheels laid out beside the files, on a base that has Python.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { Overrides } from "./overrides.ts";
import { basePlan, configPlan } from "./config-plan.ts";
import { APP_FOLDER, type DependencyPlan, type Plan } from "./plan.ts";
import { procfileCommand } from "./procfile.ts";
import type { Project } from "./project.ts";
import { simpleCommand } from "./shell-words.ts";

/** Where packages go, on PYTHONPATH. */
export const PYTHON_PACKAGES = "/app/.python-packages";

const ENTRIES = ["main.py", "app.py", "server.py", "start.py", "bot.py", "hello.py"];

/** Whether there is an application in Python. */
export function isPython(project: Project): boolean {
  return ["requirements.txt", "pyproject.toml", "Pipfile", "setup.py", ...ENTRIES].some((name) => project.has(name));
}

/** Plans an application. @throws TeuError `ERR_BUILD_START`, `ERR_LOCKFILE_MISSING` */
export function planPython(project: Project, overrides: Overrides): Plan {
  const start = startOf(project, overrides);
  const dependencies = dependenciesOf(project, wishedPython(project, overrides));
  const version = wishedPython(project, overrides);
  const base = basePlan(overrides, { kind: "python", ...(version === undefined ? {} : { version }) });
  const command = typeof start === "string" ? simpleCommand(start) : { env: {}, words: start };
  const folder = overrides.workdir ?? APP_FOLDER;
  return {
    version: 1,
    kind: "python",
    name: /^name\s*=\s*["']([^"']+)["']/m.exec(project.text("pyproject.toml") ?? "")?.[1] ?? "",
    base,
    build: "none",
    steps: [],
    ...(dependencies === undefined ? {} : { dependencies }),
    layers: [
      ...(dependencies === undefined ? [] : [{ from: "dependencies", to: PYTHON_PACKAGES } as const]),
      {
        from: "application",
        to: folder,
        folder: ".",
        ignore: ["**/__pycache__", "**/.venv", "**/venv", ...(overrides.ignore ?? [])],
      },
    ],
    config: configPlan(
      {
        workdir: folder,
        env: { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: PYTHON_PACKAGES, ...command?.env },
        cmd: command?.words ?? ["/bin/sh", "-c", String(start)],
        isService: true,
      },
      overrides,
    ),
    notes: ["Packages are wheels for the platform of the image; what is to be compiled cannot be had"],
  };
}

function wishedPython(project: Project, overrides: Overrides): string | undefined {
  const stated =
    project
      .text(".python-version")
      ?.trim()
      .replace(/^python-/, "") ?? "";
  return overrides.python ?? /^3\.\d+/.exec(stated)?.[0];
}

function startOf(project: Project, overrides: Overrides): string | readonly string[] {
  if (overrides.start !== undefined) return overrides.start;
  const procfile = procfileCommand(project);
  if (procfile !== undefined) return procfile;
  const entry = overrides.entry ?? ENTRIES.find((name) => project.has(name));
  if (project.has("manage.py") && overrides.entry === undefined)
    return ["python3", "manage.py", "runserver", "0.0.0.0:8080", "--noreload"];
  if (entry === undefined) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_START",
      `Planning the start of the application: there is none of ${ENTRIES.join(", ")}`,
      {
        hint: 'Say it in teu.build.json: { "start": "python3 FILE" }',
      },
    );
  }
  return frameworkStart(project, entry) ?? ["python3", entry];
}

/** How applications of web frameworks that start no server themselves are served. */
function frameworkStart(project: Project, entry: string): readonly string[] | undefined {
  const source = project.text(entry) ?? "";
  if (/\b(?:uvicorn\.run|app\.run|serve)\(/.test(source)) return undefined;
  const name = /^(\w+)\s*=\s*(FastAPI|Starlette|Flask)\(/m.exec(source);
  const module = entry.replace(/\.py$/, "").replaceAll("/", ".");
  if (name === null) return undefined;
  if (name[2] === "Flask")
    return ["python3", "-m", "flask", "--app", `${module}:${name[1]}`, "run", "--host", "0.0.0.0", "--port", "8080"];
  return ["python3", "-m", "uvicorn", `${module}:${name[1]}`, "--host", "0.0.0.0", "--port", "8080"];
}

function dependenciesOf(project: Project, python: string | undefined): DependencyPlan | undefined {
  const known = LOCKS.find(([file]) => project.has(file));
  const version = python === undefined ? {} : { python };
  if (known !== undefined) return { lock: known[1], file: known[0], installScripts: [], ...version };
  if ((project.text("requirements.txt") ?? "").replaceAll(/^\s*(?:#.*)?$/gm, "").trim() !== "") {
    return { lock: "requirements", file: "requirements.txt", installScripts: [], ...version };
  }
  const needed = /^dependencies\s*=\s*\[\s*["']/m.test(project.text("pyproject.toml") ?? "");
  if (!needed && !project.has("Pipfile")) return undefined;
  throw new TeuError<BuildErrorCode>(
    "ERR_LOCKFILE_MISSING",
    "Planning the dependencies of the application: there is no lockfile, expected uv.lock, poetry.lock, Pipfile.lock or requirements.txt",
    {
      hint: "uv lock writes uv.lock; pip-compile --generate-hashes writes requirements.txt",
    },
  );
}

const LOCKS: readonly (readonly [file: string, lock: DependencyPlan["lock"]])[] = [
  ["uv.lock", "uv"],
  ["poetry.lock", "poetry"],
  ["Pipfile.lock", "pipenv"],
];
