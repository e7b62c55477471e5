/**
 * The options `--volume`, `--mount` and `--tmpfs`, made data.
 * @module
 */
import { isAbsolute, posix, resolve } from "node:path";
import type { MountOption } from "./options.ts";
import { readSize, wrongOption } from "./read-options.ts";

const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const PROPAGATION = /^r?(?:shared|slave|private|unbindable)$/;

/** `[SOURCE:]TARGET[:OPTIONS]`; a SOURCE with a slash or a leading point is a path, else the name of a volume. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readVolume(text: string, cwd: string): MountOption {
  const parts = text.split(":");
  const [source = "", target = "", words = ""] = parts.length === 1 ? ["", ...parts] : parts;
  const expected = "[SOURCE:]/TARGET[:ro,z,rslave,…]";
  if (!isAbsolute(target) || target === "/" || parts.length > 3) throw wrongOption("volume", text, expected);
  const options = words.split(",").filter((word) => word !== "" && word !== "z" && word !== "Z" && word !== "rw");
  for (const word of options) if (!isVolumeOption(word)) throw wrongOption("volume", text, expected);
  const clean = posix.normalize(target);
  if (source.includes("/") || source.startsWith(".")) {
    return { type: "bind", source: resolve(cwd, source), target: clean, options };
  }
  if (source !== "" && !VOLUME_NAME.test(source)) throw wrongOption("volume", text, "a path or the name of a volume");
  return { type: "volume", source, target: clean, options };
}

function isVolumeOption(word: string): boolean {
  return (
    PROPAGATION.test(word) ||
    /^(?:ro|nocopy|exec|noexec|suid|nosuid|dev|nodev|bind|rbind|U|consistent|cached|delegated)$/.test(word)
  );
}

/** `/TARGET[:OPTIONS]`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readTmpfs(text: string): MountOption {
  const [target = "", words = ""] = text.split(":");
  if (!isAbsolute(target) || text.split(":").length > 2) throw wrongOption("tmpfs", text, "/TARGET[:OPTIONS]");
  return {
    type: "tmpfs",
    source: "tmpfs",
    target: posix.normalize(target),
    options: words.split(",").filter((word) => word !== ""),
  };
}

type Keys = ReadonlyMap<string, string>;

/** `type=bind|volume|tmpfs,source=…,target=…[,readonly][,…]`. @throws TeuError `ERR_CONTAINER_OPTION` */
export function readMount(text: string, cwd: string): MountOption {
  const keys = readKeys(text);
  const type = keys.get("type") ?? "volume";
  const target = keys.get("target") ?? "";
  const source = keys.get("source") ?? "";
  const expected = "type=bind|volume|tmpfs,source=SOURCE,target=/TARGET[,readonly]";
  if (!isAbsolute(target) || target === "/") throw wrongOption("mount", text, expected);
  const base = { target: posix.normalize(target), readonly: isSet(keys.get("readonly")) ? ["ro"] : [] };
  if (type === "tmpfs") {
    return { type, source: "tmpfs", target: base.target, options: [...base.readonly, ...tmpfsOptions(keys)] };
  }
  const mount = type === "bind" ? bindMount(keys, base, resolve(cwd, source)) : volumeMount(keys, base, source);
  if (mount !== undefined && (type === "volume" || (type === "bind" && source !== ""))) return mount;
  throw wrongOption("mount", text, expected);
}

interface Base {
  readonly target: string;
  readonly readonly: readonly string[];
}

function bindMount(keys: Keys, { target, readonly }: Base, source: string): MountOption | undefined {
  const propagation = keys.get("bind-propagation");
  if (propagation === undefined) return { type: "bind", source, target, options: readonly };
  return PROPAGATION.test(propagation)
    ? { type: "bind", source, target, options: [...readonly, propagation] }
    : undefined;
}

function volumeMount(keys: Keys, { target, readonly }: Base, source: string): MountOption | undefined {
  if (source !== "" && !VOLUME_NAME.test(source)) return undefined;
  const nocopy = isSet(keys.get("volume-nocopy")) ? ["nocopy"] : [];
  return { type: "volume", source, target, options: [...readonly, ...nocopy] };
}

const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};
const KEYS =
  "type source target readonly bind-propagation volume-nocopy tmpfs-size tmpfs-mode consistency bind-nonrecursive";

function readKeys(text: string): Keys {
  const keys = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const word = equals < 0 ? part : part.slice(0, equals);
    const key = ALIASES[word] ?? word;
    if (!KEYS.split(" ").includes(key))
      throw wrongOption("mount", text, `keys among ${KEYS.replaceAll(" ", ", ")}, got "${word}"`);
    keys.set(key, equals < 0 ? "true" : part.slice(equals + 1));
  }
  return keys;
}

function isSet(value: string | undefined): boolean {
  return value === "true" || value === "1" || value === "";
}

function tmpfsOptions(keys: Keys): string[] {
  const size = keys.get("tmpfs-size");
  const mode = keys.get("tmpfs-mode");
  return [
    ...(size === undefined ? [] : [`size=${readSize(size, "mount")}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
  ];
}
