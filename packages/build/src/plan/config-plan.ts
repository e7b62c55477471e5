/**
 * What every plan says of its containers, with what the overrides say on top.
 * @module
 */
import type { Overrides } from "./overrides.ts";
import { type BasePlan, type ConfigPlan, DEFAULT_USER } from "./plan.ts";

/** What an application listens on unless it says otherwise. */
export const DEFAULT_PORT = "8080";

/** What a kind of application wants. */
export interface ConfigDefaults {
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether it listens on `PORT`. */
  readonly isService: boolean;
}

/** Settles what containers get. */
export function configPlan(defaults: ConfigDefaults, overrides: Overrides): ConfigPlan {
  const { workdir, entrypoint = [], cmd = [], labels, isService } = defaults;
  const env = {
    ...defaults.env,
    ...(isService && defaults.env["PORT"] === undefined ? { PORT: DEFAULT_PORT } : {}),
    ...overrides.env,
  };
  return {
    user: overrides.user ?? DEFAULT_USER,
    workdir,
    env,
    entrypoint,
    cmd,
    ports: overrides.ports ?? (isService ? [`${env["PORT"] ?? DEFAULT_PORT}/tcp`] : []),
    labels: { ...labels, ...overrides.labels },
    stopSignal: overrides.stopSignal ?? "SIGTERM",
  };
}

/** The base that the user names, or what the kind of application wants. */
export function basePlan({ base }: Overrides, wanted: BasePlan): BasePlan {
  return base === undefined ? wanted : { kind: "named", reference: base };
}
