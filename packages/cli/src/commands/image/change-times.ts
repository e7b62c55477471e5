/**
 * Times and compressions that options name.
 * @module
 */
import { formatTime } from "@teu/content/mutate/config-edit";
import type { Image } from "@teu/content/mutate/image";
import type { HistoryStep } from "@teu/content/mutate/layer-edit";
import type { Compression } from "@teu/spec/media-types";
import { TeuError } from "@teu/std/error";
import type { Invocation } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { numberOption } from "../../images/client.ts";

/** The time that `--created` or SOURCE_DATE_EPOCH gives; nothing without either. @throws TeuError `ERR_USAGE` */
export function createdOption(invocation: Invocation, host: Host): Date | undefined {
  const text = invocation.option("created");
  if (text === "now") return new Date();
  const time = text === undefined ? epochOf(host) : new Date(text);
  if (time === undefined || !Number.isNaN(time.getTime())) return time;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Reading option --created "${text}": expected a time of RFC 3339, or now`,
  );
}

function epochOf({ env }: Host): Date | undefined {
  const epoch = env["SOURCE_DATE_EPOCH"];
  return epoch !== undefined && /^\d{1,12}$/.test(epoch) ? new Date(Number(epoch) * 1000) : undefined;
}

/** What the history says of a new layer of `image`. */
export function historyStep(image: Image, command: string, { invocation, host }: StepContext): HistoryStep {
  const created = createdOption(invocation, host);
  const known = image.config["created"];
  const time = created === undefined ? (typeof known === "string" ? known : undefined) : formatTime(created);
  const createdBy = invocation.option("created-by") ?? command;
  return { ...(time === undefined ? {} : { created: time }), created_by: createdBy };
}

interface StepContext {
  readonly invocation: Invocation;
  readonly host: Host;
}

/** How to compress, as options say. @throws TeuError `ERR_USAGE` */
export function compressionOption(invocation: Invocation): Compression | undefined {
  const name = invocation.option("compression");
  if (name === undefined || name === "gzip" || name === "zstd" || name === "none") return name;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `The compression "${name}" is not known, expected gzip, zstd or none`);
}

/** The level of compression. @throws TeuError `ERR_USAGE` */
export function levelOption(invocation: Invocation, compression: Compression): number | undefined {
  const level = numberOption(invocation, "level");
  const most = compression === "zstd" ? 22 : 9;
  if (level === undefined || (compression !== "none" && level <= most)) return level;
  throw new TeuError<CliErrorCode>(
    "ERR_USAGE",
    `Reading option --level "${level}": expected 1 to ${most} for ${compression}`,
  );
}
