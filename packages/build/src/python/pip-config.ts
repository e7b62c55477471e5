/**
 * The configuration of pip, as far as fetching wheels goes. No address of an index is known here: where the configuration
 * names none, pip itself is asked for the one that it has.
 * @see {@link https://pip.pypa.io/en/stable/topics/configuration/}
 * @module
 */
import { execFile } from "node:child_process";
import { devNull, homedir } from "node:os";
import { join } from "node:path";
import { TeuError } from "@teu/std/error";
import type { BuildErrorCode } from "../errors.ts";
import type { NpmSettings } from "../npm/npmrc.ts";
import { readSettings } from "../settings-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What pip is told. */
export interface PipConfig {
  /** Addresses of indexes that are configured, each with a slash at its end; there may be none. */
  readonly indexes: readonly string[];
  /** Tells the index that pip asks beside; nothing where the configuration names one instead. @throws TeuError `ERR_PIP_CONFIG` */
  readonly standard?: (() => Promise<string>) | undefined;
  /** Certificates, proxies and credentials, as the client for npm's registries takes them. */
  readonly settings: NpmSettings;
}

/** Reads the configuration of all users, of the user and of the environment. @throws TeuError `ERR_PIP_CONFIG` */
export function readPipConfig(env: Environment): PipConfig {
  const values = new Map<string, string>();
  for (const file of filesOf(env)) for (const [key, value] of readFile(file)) values.set(key, value);
  for (const [name, value] of Object.entries(env)) {
    const key = /^PIP_([A-Z_]+)$/.exec(name)?.[1];
    if (key !== undefined && value !== undefined && value !== "")
      values.set(key.toLowerCase().replaceAll("_", "-"), value);
  }
  const settings = new Map<string, string>();
  const [certificates, proxy] = [values.get("cert"), values.get("proxy")];
  if (certificates !== undefined) settings.set("cafile", certificates);
  if (proxy !== undefined) settings.set("proxy", proxy).set("https-proxy", proxy);
  const named = values.get("index-url");
  const listed = [named ?? "", ...(values.get("extra-index-url") ?? "").split(/\s+/)].filter((url) => url !== "");
  let asked: Promise<string> | undefined;
  return {
    indexes: listed.map((url) => plainIndex(url, settings)),
    standard: named === undefined ? () => (asked ??= askPipIndex(env)) : undefined,
    settings,
  };
}

/** An address without its credentials, which go into the settings. */
function plainIndex(text: string, settings: Map<string, string>): string {
  if (!/^(?:https?:\/\/|file:\/\/\/)/.test(text) || !URL.canParse(text)) {
    const shown = text.replace(/\/\/[^/@]*@/, "//");
    const message = `Reading the configuration of pip: its index "${shown}" is no address, expected one of http, https or file`;
    throw new TeuError<BuildErrorCode>("ERR_PIP_CONFIG", message);
  }
  const url = new URL(text);
  if (url.username !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    settings.set(`//${url.host}/:_auth`, Buffer.from(pair).toString("base64"));
  }
  const origin = url.protocol === "file:" ? "file://" : url.origin;
  return `${origin}${url.pathname.replace(/\/*$/, "/")}`;
}

function filesOf(env: Environment): readonly string[] {
  // So pip is told to read no file at all.
  if (env["PIP_CONFIG_FILE"] === devNull) return [];
  const home = env["HOME"] ?? homedir();
  const { PIP_CONFIG_FILE: own, VIRTUAL_ENV: venv, XDG_CONFIG_HOME: config = join(home, ".config") } = env;
  const files = ["/etc/pip.conf", join(home, ".pip/pip.conf"), join(config, "pip/pip.conf")];
  if (venv !== undefined && venv !== "") files.push(join(venv, "pip.conf"));
  return own === undefined ? files : [...files, own];
}

function readFile(path: string): ReadonlyMap<string, string> {
  const source = readSettings(path, "ERR_PIP_CONFIG");
  return source === undefined ? new Map() : parsePipConfig(source);
}

/** Reads the sections `global` and `install`, which apply to installing. Lines that begin with a blank go on with a value. */
export function parsePipConfig(source: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let section = "";
  let key = "";
  for (const line of source.split(/\r?\n/)) {
    if (/^\s*(?:[#;].*)?$/.test(line)) continue;
    const header = /^\[(.*)\]\s*$/.exec(line)?.[1];
    const [, name, value] = /^([^\s:=][^:=]*?)\s*[:=]\s*(.*?)\s*$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (section !== "global" && section !== "install") continue;
    else if (name !== undefined && value !== undefined)
      values.set((key = name.toLowerCase().replaceAll("_", "-")), value);
    else if (key !== "") values.set(key, `${values.get(key) ?? ""} ${line.trim()}`.trim());
  }
  return values;
}

const PIP_TIMEOUT_MS = 30_000;

/** The index that pip asks where nothing is configured. @throws TeuError `ERR_PIP_CONFIG` if it cannot be asked */
async function askPipIndex(env: Environment): Promise<string> {
  const options = { env: { ...env, COLUMNS: "200" }, encoding: "utf8", timeout: PIP_TIMEOUT_MS } as const;
  const help = await new Promise<string>((resolve) => {
    execFile("python3", ["-m", "pip", "help", "install"], options, (_, stdout) => resolve(stdout));
  });
  const [, index] = /--index-url[\s\S]*?default\s+(https?:\/\/[^\s)]+)/.exec(help) ?? [];
  if (index !== undefined) return plainIndex(index, new Map());
  const message =
    "Looking for the index of Python packages: the configuration of pip names none, and pip cannot be asked";
  throw new TeuError<BuildErrorCode>("ERR_PIP_CONFIG", message, {
    hint: "pip config set global.index-url ADDRESS names one, and so does PIP_INDEX_URL",
  });
}
