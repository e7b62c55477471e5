/**
 * From a lockfile of Python to layers: packages that the image needs, a wheel for each, and what is to be said of them.
 * @module
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Image } from "@teu/content/mutate/image";
import { TeuError } from "@teu/std/error";
import { mapLimit } from "@teu/std/limit";
import type { Ingredients, IngredientContext, IngredientOptions } from "../assemble/ingredients.ts";
import { packageUrl } from "../attest/spdx.ts";
import type { BuildErrorCode } from "../errors.ts";
import { HttpClient } from "../npm/http.ts";
import type { ConfigPlan, DependencyPlan } from "../plan/plan.ts";
import { markerEnvironment } from "./markers.ts";
import { readPipConfig } from "./pip-config.ts";
import { readPythonLock } from "./python-lock.ts";
import { wheelLayers, wheelPrograms } from "./wheel-layers.ts";
import { fetchWheel } from "./wheels.ts";

const CONCURRENCY = 8;

/** Finds and fetches the wheels of an application. @throws TeuError `ERR_LOCKFILE_…`, `ERR_PACKAGE_…`, `ERR_PIP_CONFIG`, `ERR_BUILD_BASE` */
export async function pythonIngredients(
  { project, env, signal, onEvent, cache, libc = "glibc", plan: { base } }: IngredientOptions,
  plan: DependencyPlan,
  { platform, to, start }: IngredientContext & { readonly to: string },
): Promise<Omit<Ingredients, "config"> & { readonly fit: (config: ConfigPlan) => ConfigPlan }> {
  const source = project.text(plan.file);
  if (source === undefined) {
    throw new TeuError<BuildErrorCode>(
      "ERR_LOCKFILE_MISSING",
      `Reading lockfile "${plan.file}": there is no such file`,
    );
  }
  const python = plan.python ?? (base.kind === "python" ? base.version : undefined) ?? pythonOf(start);
  const environment = markerEnvironment(python, platform);
  const packages = readPythonLock(plan.lock, source, {
    file: plan.file,
    environment,
    project: project.text("pyproject.toml"),
  });
  const config = readPipConfig(env);
  using client = new HttpClient(config.settings, env);
  const target = { python, platform, libc };
  const onFetch = (what: string): void => onEvent?.({ type: "fetch", what });
  const context = { target, config, client, folder: cache, signal, onFetch };
  const wheels = await mapLimit(packages, (pkg) => fetchWheel(pkg, context), { concurrency: CONCURRENCY, signal });
  const programs = await wheelPrograms(wheels);
  const sha256 = createHash("sha256").update(source).digest("hex");
  return {
    recipes: await wheelLayers(wheels, to),
    components: wheels.map(({ name, version, sha256: hex }) => ({
      name,
      version,
      type: "pypi",
      checksum: { algorithm: "sha256", hex },
    })),
    materials: [
      { uri: `file:${plan.file}`, digest: { sha256 } },
      ...wheels.map(({ name, version, sha256: hex }) => ({
        uri: packageUrl({ type: "pypi", name, version }),
        digest: { sha256: hex },
      })),
    ],
    fit: (words) => withPrograms(words, programs, to),
  };
}

/** The Python that a base says that it has. */
function pythonOf({ config }: Image): string {
  const env: unknown = Object(config["config"]).Env;
  const lines = Array.isArray(env) ? env.filter((line): line is string => typeof line === "string") : [];
  const version = lines.map((line) => /^PYTHON_VERSION=(3\.\d+)/.exec(line)?.[1]).find((one) => one !== undefined);
  if (version !== undefined) return version;
  throw new TeuError<BuildErrorCode>("ERR_BUILD_BASE", "Choosing wheels: the base does not say which Python it has", {
    hint: 'Say it in teu.build.json: { "python": "3.11" }',
  });
}

/** A program of a package is started by the Python of the base, wherever that is. */
function withPrograms(config: ConfigPlan, programs: ReadonlyMap<string, string>, to: string): ConfigPlan {
  const fit = (words: readonly string[]): readonly string[] => {
    const [program = "", ...args] = words;
    const found = programs.get(program);
    return found === undefined ? words : ["python3", posix.join(to, found), ...args];
  };
  return { ...config, entrypoint: fit(config.entrypoint), cmd: fit(config.cmd) };
}
