/**
 * Tells how the making of a base goes, a line for each step.
 * @module
 */
import type { BaseEvent } from "@teu/build/base/options";
import type { Host } from "../../host.ts";
import { sizeText } from "../image/output.ts";

/** Writes lines to standard error, unless it is to be quiet. */
export function tellBase(host: Host, { quiet }: { readonly quiet: boolean }): (event: BaseEvent) => void {
  return quiet ? (): void => {} : (event): void => host.note(`teu: ${lineOf(event)}`);
}

function lineOf(event: BaseEvent): string {
  switch (event.kind) {
    case "download":
      return `getting ${event.url}`;
    case "chosen":
      return `${event.platform}: ${event.packages} packages chosen, ${sizeText(event.bytes)}`;
    case "layer":
      return `${event.platform}: layer of ${event.title}, ${sizeText(event.bytes)}`;
    default:
      return `${event.platform}: there is one already`;
  }
}
