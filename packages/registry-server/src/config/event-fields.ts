/**
 * The parts of a configuration that say who is told of what.
 * @module
 */
import type { Json } from "@teu/std/json";
import { EVENT_KINDS, type EventKind } from "../events/event.ts";
import type { TelemetryConfig } from "../operate/telemetry.ts";
import type { Fields } from "./fields.ts";

/** Who is told of changes: an address, or a file such as an audit log. */
export interface HookConfig {
  readonly name: string;
  readonly match: readonly string[];
  readonly events: readonly EventKind[];
  readonly url?: string | undefined;
  readonly file?: string | undefined;
  /** File of the key that requests are signed with. */
  readonly secretFile?: string | undefined;
}

/** Reads a hook. */
export function readHook(json: Json, fields: Fields): HookConfig | undefined {
  fields.only(json, ["name", "match", "events", "url", "file", "secretFile"]);
  if (json.kind !== "object") return undefined;
  const [match, events] = [json.get("match"), json.get("events")];
  const hook = {
    name: fields.string(json.get("name")) ?? "",
    match: match.absent ? ["**"] : fields.strings(match),
    events: events.absent ? EVENT_KINDS : fields.list(events, (item) => readKind(item, fields)),
    url: fields.string(json.get("url")),
    file: fields.string(json.get("file")),
    secretFile: fields.string(json.get("secretFile")),
  };
  if (!/^[a-z0-9-]{1,64}$/.test(hook.name)) fields.fault(json, "name: expected small letters, digits and hyphens");
  if ((hook.url === undefined) === (hook.file === undefined)) fields.fault(json, "expected one of url and file");
  if (hook.url !== undefined && !/^https?:$/.test(URL.parse(hook.url)?.protocol ?? ""))
    fields.fault(json.get("url"), "expected an address such as https://hooks.example/registry");
  return hook;
}

function readKind(json: Json, fields: Fields): EventKind | undefined {
  const found = EVENT_KINDS.find((kind) => json.kind === "string" && json.text === kind);
  if (found === undefined) fields.fault(json, `expected one of ${EVENT_KINDS.join(", ")}`);
  return found;
}

/** Reads where spans go. */
export function readTelemetry(json: Json, fields: Fields): TelemetryConfig | undefined {
  if (json.absent) return undefined;
  fields.only(json, ["endpoint", "service", "percent"]);
  if (json.kind !== "object") return undefined;
  const endpoint = fields.string(json.get("endpoint")) ?? "";
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ""))
    fields.fault(json, "endpoint: expected an address such as http://localhost:4318");
  return {
    endpoint,
    service: fields.string(json.get("service")) ?? "teu-registry",
    ratio: fields.integer(json.get("percent"), 100, [0, 100]) / 100,
  };
}
