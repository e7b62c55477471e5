/**
 * From an application to its plan: finds out what it is, and leaves the rest to who knows that kind.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { planNode } from "./node-plan.ts";
import { planGo, planProcfile } from "./other-plans.ts";
import { OVERRIDES_FILE, type Overrides, parseOverrides } from "./overrides.ts";
import type { AppKind, Plan } from "./plan.ts";
import type { Project } from "./project.ts";
import { isPython, planPython } from "./python-plan.ts";
import { planSite, siteFolder } from "./site-plan.ts";

/**
 * Plans the image of an application.
 * @param overrides What counts before the application's own `teu.build.json`, such as options of a command.
 * @throws TeuError `ERR_BUILD_UNKNOWN` if it is nothing that is known; `ERR_BUILD_OVERRIDES`, `ERR_BUILD_START`,
 * `ERR_BUILD_SOURCE`, `ERR_LOCKFILE_MISSING`.
 */
export function makePlan(project: Project, overrides: Overrides = {}): Plan {
  const source = project.text(OVERRIDES_FILE);
  const said: Overrides = { ...(source === undefined ? {} : parseOverrides(source)), ...overrides };
  switch (said.kind ?? kindOf(project)) {
    case "node":
      return planNode(project, said);
    case "python":
      return planPython(project, said);
    case "go":
      return planGo(project, said);
    case "static":
      return planSite({ project, overrides: said, folder: "." });
    default:
      return planProcfile(project, said);
  }
}

/** What an application is, by its files. @throws TeuError `ERR_BUILD_UNKNOWN` */
export function kindOf(project: Project): AppKind {
  if (project.has("package.json")) return "node";
  if (project.has("go.mod")) return "go";
  if (isPython(project)) return "python";
  if (project.has("Procfile")) return "procfile";
  if (project.has("Staticfile") || project.has(siteFolder(project) === "." ? "index.html" : siteFolder(project)))
    return "static";
  throw new TeuError<BuildErrorCode>(
    "ERR_BUILD_UNKNOWN",
    "Planning an image: there is no package.json, go.mod, requirements.txt, pyproject.toml, Procfile or index.html, expected one of them",
    {
      hint: `A Procfile with a line "web: COMMAND" and --base IMAGE make an image of any program; ${OVERRIDES_FILE} says more`,
    },
  );
}
