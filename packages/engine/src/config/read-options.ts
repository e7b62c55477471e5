/**
 * The words that docker and podman have for options of containers, made data.
 * @module
 */
import { isAbsolute, posix } from "node:path";
import { TeuError } from "@teu/std/error";
import type { EngineErrorCode } from "../errors.ts";
import type { DeviceOption, PortOption, RestartOption, UlimitOption } from "./options.ts";

/** The error for a value that cannot be read. */
export function wrongOption(option: string, text: string, expected: string): TeuError<EngineErrorCode> {
  return new TeuError("ERR_CONTAINER_OPTION", `Reading option --${option} "${text}": expected ${expected}`);
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40, p: 2 ** 50 };

/** A size such as `512m` or `1.5g`, in bytes. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readSize(text: string, option: string): number {
  const [, number = "", unit = ""] = /^([0-9]+(?:\.[0-9]+)?) ?([bkmgtp]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase() || "b"] ?? 1));
  if (number !== "" && Number.isSafeInteger(bytes)) return bytes;
  throw wrongOption(option, text, "a number of bytes, with k, m or g behind it if need be");
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration such as `30s` or `1m30s`, in milliseconds. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readDuration(text: string, option: string): number {
  if (/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/.test(text)) {
    const parts = [...text.matchAll(/([0-9.]+)(ms|s|m|h)/g)];
    return Math.round(
      parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (DURATION_UNITS[unit] ?? 0), 0),
    );
  }
  if (text === "0") return 0;
  throw wrongOption(option, text, "a duration such as 30s or 1m30s");
}

/** A whole number within bounds. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readInteger(text: string, option: string, [least, most]: readonly [number, number]): number {
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw wrongOption(option, text, `a whole number from ${least} to ${most}`);
}

const PORT = /^(?:(\[[0-9a-f:]+\]|[0-9.]*):)?(?:([0-9]+(?:-[0-9]+)?)?:)?([0-9]+(?:-[0-9]+)?)(?:\/(tcp|udp|sctp))?$/i;

/** `[[IP:]HOST-PORT:]PORT[/PROTOCOL]`, with ranges of equal length. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readPort(text: string): PortOption[] {
  const expected = "[[IP:][HOST-PORT]:]PORT[/tcp|udp|sctp]";
  const parts = PORT.exec(/^[0-9-]+:[0-9]/.test(text) ? `:${text}` : text);
  const inside = range(parts?.[3] ?? "");
  const outside = parts?.[2] === undefined ? inside.map(() => 0) : range(parts[2]);
  if (parts === null || inside.length === 0 || outside.length !== inside.length)
    throw wrongOption("publish", text, expected);
  const protocol = (parts[4]?.toLowerCase() ?? "tcp") as PortOption["protocol"];
  const hostIp = (parts[1] ?? "").replace(/^\[|\]$/g, "");
  return inside.map((containerPort, at) => ({ hostIp, hostPort: outside[at] ?? 0, containerPort, protocol }));
}

const MAX_PORT = 65535;

function range(text: string): number[] {
  const [first = "", last = first] = text.split("-");
  const [from, to] = [Number(first), Number(last)];
  if (first === "" || from > to || to > MAX_PORT) return [];
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** `no`, `always`, `unless-stopped` or `on-failure[:N]`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readRestart(text: string): RestartOption {
  const [, policy, max = "0"] = /^(no|always|unless-stopped|on-failure)(?::([0-9]{1,9}))?$/.exec(text) ?? [];
  if (policy === undefined || (max !== "0" && policy !== "on-failure"))
    throw wrongOption("restart", text, "no, always, unless-stopped or on-failure[:N]");
  return { policy: policy as RestartOption["policy"], max: Number(max) };
}

const ULIMITS = "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack";

/** `TYPE=SOFT[:HARD]`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readUlimit(text: string): UlimitOption {
  const [, type = "", soft = "", hard = soft] = /^([a-z]+)=(-1|[0-9]{1,15})(?::(-1|[0-9]{1,15}))?$/.exec(text) ?? [];
  const [low, high] = [soft, hard].map((number) => (number === "-1" ? UNLIMITED : Number(number)));
  if (!ULIMITS.split(" ").includes(type) || low === undefined || high === undefined || low > high)
    throw wrongOption("ulimit", text, `TYPE=SOFT[:HARD], with one of the types ${ULIMITS.replaceAll(" ", ", ")}`);
  return { type: `RLIMIT_${type.toUpperCase()}`, soft: low, hard: high };
}

// No double comes closer to the kernel's "no limit"; it is written out as such.
const UNLIMITED = 2 ** 64;

/** `PATH[:PATH-IN-CONTAINER][:rwm]`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readDevice(text: string): DeviceOption {
  const [source = "", second, third] = text.split(":");
  const isAccess = second !== undefined && third === undefined && /^[rwm]{1,3}$/.test(second);
  const target = second === undefined || second === "" || isAccess ? source : second;
  const access = third ?? (isAccess ? second : "rwm");
  if (isAbsolute(source) && isAbsolute(target) && /^[rwm]{1,3}$/.test(access) && text.split(":").length <= 3)
    return { source, target: posix.normalize(target), access };
  throw wrongOption("device", text, "/dev/PATH[:PATH-IN-CONTAINER][:rwm]");
}

/** The variables of a file: lines `NAME=VALUE`, or `NAME` for one that is taken from `env`; `#` begins a comment. */
export function readEnvFile(text: string, env: Readonly<Record<string, string | undefined>>): string[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines
    .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"))
    .flatMap((line) => readVariable(line.trimStart(), env, "env-file"));
}

/** `NAME=VALUE`, or `NAME` for a variable that is taken from `env` if it is set there. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readVariable(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  option = "env",
): string[] {
  const equals = text.indexOf("=");
  if (equals === 0 || text === "") throw wrongOption(option, text, "NAME=VALUE or NAME");
  if (equals > 0) return [text];
  const value = env[text];
  return value === undefined ? [] : [`${text}=${value}`];
}
