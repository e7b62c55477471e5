/**
 * `teu image history`: the steps that an image says it was made in, with the layers they made.
 * @module
 */
import { historyOf } from "@teu/content/mutate/layer-edit";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage } from "./image-argument.ts";
import { printJson, printTable, sizeText, wantsJson } from "./output.ts";

/** Runs the command. */
export const imageHistory: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  await using opened = await openOneImage(invocation.operands[0] ?? "", invocation, host);
  const { layers } = opened.image;
  let next = 0;
  const steps = (historyOf(opened.image) ?? []).map((step) => {
    const layer = step["empty_layer"] === true ? undefined : layers[next++];
    return { ...step, ...(layer === undefined ? {} : { layer: layer.descriptor.digest, size: layer.descriptor.size }) };
  });
  if (json) {
    printJson(host, steps);
    return EXIT.ok;
  }
  const rows = steps.map((step) => [
    textOf(step, "created"),
    "size" in step ? sizeText(step.size) : "",
    textOf(step, "created_by").replaceAll(/\s+/g, " "),
    textOf(step, "comment"),
  ]);
  printTable(host, ["CREATED", "SIZE", "CREATED BY", "COMMENT"], rows);
  return EXIT.ok;
};

function textOf(step: object, field: string): string {
  const value: unknown = Reflect.get(step, field);
  return typeof value === "string" ? value : "";
}
