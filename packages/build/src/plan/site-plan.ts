/**
 * Plans static sites: folders of files, as they are or as a script makes them, with the small server that teu brings along.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import { type JsonRecord, nameAndRange } from "../lock/manifest.ts";
import { inFolder, labelsOf } from "./node-start.ts";
import { DEFAULT_NODE } from "./node-version.ts";
import type { Overrides } from "./overrides.ts";
import { basePlan, configPlan } from "./config-plan.ts";
import type { HostStep, Plan } from "./plan.ts";
import type { Project } from "./project.ts";

/** How a site is made. */
export interface SiteBuild {
  /** The folder that the build script writes. */
  readonly output: string;
  /** Whether paths that are no files lead to index.html, for the application to make sense of. */
  readonly isSinglePage: boolean;
}

const TOOLS: readonly (readonly [name: string, output: string, isSinglePage: boolean])[] = [
  ["astro", "dist", false],
  ["@11ty/eleventy", "_site", false],
  ["vitepress", "docs/.vitepress/dist", false],
  ["@docusaurus/core", "build", false],
  ["gatsby", "public", false],
  ["react-scripts", "build", true],
  ["@angular/cli", "dist", true],
  ["parcel", "dist", true],
  ["vite", "dist", true],
];

/** How a package is built into a site; nothing if it is none. */
export function siteBuildOf(manifest: JsonRecord): SiteBuild | undefined {
  if (nameAndRange(manifest["scripts"])["build"] === undefined) return undefined;
  const used = { ...nameAndRange(manifest["dependencies"]), ...nameAndRange(manifest["devDependencies"]) };
  const [, output, isSinglePage] = TOOLS.find(([name]) => name in used) ?? [];
  return output === undefined ? undefined : { output, isSinglePage: isSinglePage ?? false };
}

/** What a site is planned from. */
export interface SiteContext {
  readonly project: Project;
  readonly overrides: Overrides;
  readonly folder: string;
  readonly manifest?: JsonRecord;
  readonly site?: SiteBuild;
}

const SERVER = "/teu/serve.mjs";
const SITE = "/site";

/** Plans a site. @throws TeuError `ERR_BUILD_SOURCE` if there is no such folder. */
export function planSite({ project, overrides, folder, manifest = {}, site }: SiteContext): Plan {
  const content = overrides.site ?? (site === undefined ? siteFolder(project) : inFolder(folder, site.output));
  if (site === undefined && content !== "." && project.list(content).length === 0) {
    throw new TeuError<BuildErrorCode>(
      "ERR_BUILD_SOURCE",
      `Planning a static site: there is nothing in folder "${content}"`,
    );
  }
  const { name } = manifest;
  return {
    version: 1,
    kind: "static",
    name: typeof name === "string" ? name : "",
    base: basePlan(overrides, { kind: "node", major: overrides.node ?? DEFAULT_NODE }),
    build: site === undefined ? "none" : "script",
    steps: site === undefined ? [] : [buildStep(folder, content)],
    layers: [
      { from: "static-server", to: SERVER },
      { from: "application", to: SITE, folder: content, ignore: overrides.ignore ?? [] },
    ],
    config: configPlan(
      {
        workdir: SITE,
        env: site?.isSinglePage === true ? { SINGLE_PAGE: "1" } : {},
        cmd: ["node", SERVER],
        labels: labelsOf(manifest),
        isService: true,
      },
      overrides,
    ),
    notes: [`The site is in ${content}; SINGLE_PAGE=1 leads paths that are no files to index.html`],
  };
}

function buildStep(folder: string, output: string): HostStep {
  return { name: "script build of package.json", run: ["npm", "run", "build"], folder, output };
}

/** The folder of a site: the one that a Staticfile names, or where index.html is. */
export function siteFolder(project: Project): string {
  const named = /^root:\s*(\S+)/m.exec(project.text("Staticfile") ?? "")?.[1];
  if (named !== undefined) return named;
  return project.has("index.html")
    ? "."
    : (["public", "site", "dist", "www"].find((name) => project.has(`${name}/index.html`)) ?? ".");
}
