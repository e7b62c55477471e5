/**
 * `teu build`: an image of an application.
 * @module
 */
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { BuildEvent, BuildOptions, BuiltImage } from "@teu/build/build-image";
import { formatPlan } from "@teu/build/plan/format-plan";
import { makePlan } from "@teu/build/plan/make-plan";
import type { Overrides } from "@teu/build/plan/overrides";
import type { BuildMode, Plan } from "@teu/build/plan/plan";
import { folderProject } from "@teu/build/plan/project";
import type { Compression } from "@teu/spec/media-types";
import { parsePlatform, platformOfNode } from "@teu/spec/platform";
import { TeuError } from "@teu/std/error";
import { sourceDateEpoch } from "@teu/std/time";
import type { Action, Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";

/** Runs the command. */
export const build: Action = async (invocation, host) => {
  const given = resolve(host.cwd, invocation.operands[0] ?? ".");
  const folder = await realpath(given).catch(() => given);
  const project = folderProject(folder);
  const plan = makePlan(project, overridesOf(invocation));
  const asJson = readFormat(invocation);
  if (invocation.flag("plan")) {
    host.out(asJson ? `${JSON.stringify(plan, undefined, 2)}\n` : formatPlan(plan));
    return EXIT.ok;
  }
  const dockerfile = ["Dockerfile", "Containerfile"].find((name) => project.has(name));
  if (dockerfile !== undefined)
    host.note(`teu: ${dockerfile} is not used: the image is made from the application itself`);
  const { writeImage } = await import("./write-image.ts");
  const options = await buildOptions(plan, folder, { invocation, host });
  const name = nameOf(plan, folder);
  const result = await writeImage(options, { invocation, host, name });
  host.out(asJson ? `${JSON.stringify(summaryOf(result.built))}\n` : `${result.built.graph.root.digest}\n`);
  return EXIT.ok;
};

interface Running {
  readonly invocation: Invocation;
  readonly host: Host;
}

async function buildOptions(
  plan: Plan,
  folder: string,
  { invocation, host }: Running,
): Promise<Omit<BuildOptions, "base">> {
  const here = platformOfNode("linux", process.arch);
  const asked = invocation
    .options("platform")
    .flatMap((text) => text.split(","))
    .map((text) => parsePlatform(text, here));
  return {
    folder,
    plan,
    platforms: asked.length > 0 ? asked : [here],
    cache: cacheFolder(host),
    env: host.env,
    compression: choice(invocation, "compression", ["gzip", "zstd", "none"]) as Compression | undefined,
    libc: choice(invocation, "libc", ["glibc", "musl"]) as "glibc" | "musl" | undefined,
    createdSeconds: sourceDateEpoch(host.env)?.seconds,
    attest: !invocation.flag("no-attestations"),
    bundler: plan.build === "bundle" ? await bundlerOf() : undefined,
    stepRunner: await stepRunnerFor(plan, host),
    signal: host.signal,
    onEvent: invocation.flag("quiet") ? undefined : (event) => tell(event, host),
  };
}

async function bundlerOf(): Promise<BuildOptions["bundler"]> {
  return (await import("@teu/build/assemble/esbuild-bundler")).esbuildBundler;
}

/** The engine is loaded only where something has to be run in it. */
async function stepRunnerFor({ dependencies }: Plan, host: Host): Promise<BuildOptions["stepRunner"]> {
  const { installScripts = [] } = dependencies ?? {};
  if (installScripts !== true && installScripts.length === 0) return undefined;
  return (await import("./step-runner.ts")).engineStepRunner(host);
}

/** The folder of what builds remember: TEU_CACHE, or where caches go. */
function cacheFolder({ env }: Host): string {
  const { TEU_CACHE: own, TEU_ROOT: root, XDG_CACHE_HOME: caches, HOME: home } = env;
  if (own !== undefined && own !== "") return join(own, "build");
  if (root !== undefined && root !== "") return join(root, "cache/build");
  if (process.geteuid?.() === 0) return "/var/cache/teu/build";
  return join(caches ?? join(home ?? homedir(), ".cache"), "teu/build");
}

function overridesOf(invocation: Invocation): Overrides {
  const scripts = invocation.options("install-scripts");
  const mode = choice(invocation, "build", ["script", "bundle", "strip", "none"]) as BuildMode | undefined;
  const { base, app, start } = {
    base: invocation.option("base"),
    app: invocation.option("app"),
    start: invocation.option("start"),
  };
  return {
    ...(base === undefined ? {} : { base }),
    ...(app === undefined ? {} : { app }),
    ...(start === undefined ? {} : { start }),
    ...(mode === undefined ? {} : { build: mode }),
    ...(scripts.length === 0 ? {} : { installScripts: scripts.includes("*") ? true : scripts }),
  };
}

function choice(invocation: Invocation, name: string, allowed: readonly string[]): string | undefined {
  const value = invocation.option(name);
  if (value === undefined || allowed.includes(value)) return value;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Reading option --${name} "${value}": expected ${allowed.join(", ")}`);
}

function readFormat(invocation: Invocation): boolean {
  return choice(invocation, "format", ["json"]) === "json";
}

function tell(event: BuildEvent, host: Host): void {
  switch (event.type) {
    case "step":
      return host.note(`running ${event.name}`);
    case "line":
      return host.note(`  ${event.line}`);
    case "fetch":
      return host.note(`fetching ${event.what}`);
    case "note":
      return host.note(event.text);
    default: {
      const { layer } = event;
      return host.note(
        `${layer.descriptor.digest.slice("sha256:".length, "sha256:".length + 12)} ${layer.outcome} ${layer.title}`,
      );
    }
  }
}

/** What an image is called that nobody named: as its application, or its folder. */
function nameOf(plan: Plan, folder: string): string {
  const plain = (plan.name === "" ? basename(folder) : plan.name.replace(/^@/, "")).toLowerCase();
  return plain.replaceAll(/[^a-z0-9/]+/g, "-").replaceAll(/^[-/]+|[-/]+$/g, "") || "app";
}

function summaryOf({ graph, images, attestations }: BuiltImage): object {
  return {
    digest: graph.root.digest,
    images: images.map(({ platform, image, layers }) => ({
      platform,
      config: image.config,
      layers: layers.map(({ title, descriptor, diffId, outcome }) => ({
        title,
        digest: descriptor.digest,
        size: descriptor.size,
        diffId,
        outcome,
      })),
    })),
    attestations: attestations.map(({ root }) => ({ digest: root.digest, artifactType: root["artifactType"] })),
  };
}
