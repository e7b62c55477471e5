/**
 * `teu image diff`: what differs between two images, in their configurations, layers and files.
 * @module
 */
import type { Image } from "@teu/content/mutate/image";
import { hashTree } from "@teu/layer/emit/digests";
import { rowOf } from "@teu/layer/emit/list";
import { type TreeDifference, diffTrees } from "@teu/layer/emit/tree-diff";
import { printable } from "@teu/std/redact";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { openOneImage } from "./image-argument.ts";
import { printJson, wantsJson } from "./output.ts";

/** Runs the command. Exits with 1 if there is a difference, as diff does. */
export const imageDiff: Action = async (invocation, host) => {
  const json = wantsJson(invocation);
  const [one = "", two = ""] = invocation.operands;
  await using before = await openOneImage(one, invocation, host);
  await using after = await openOneImage(two, invocation, host);
  const config = configDifferences(before.image.config, after.image.config);
  const layers = layerDifferences(before.image, after.image);
  const files = layers.length === 0 ? [] : await fileDifferences(before.image, after.image, host.signal);
  const text = [...config, ...layers, ...files].length > 0;
  if (json) printJson(host, { config, layers, files: files.map(rowOfDifference) });
  else {
    for (const { field, before: old, after: now } of config) {
      host.out(`config ${field}: ${printable(`${JSON.stringify(old)} -> ${JSON.stringify(now)}`)}\n`);
    }
    for (const line of layers) host.out(`${line.sign} layer ${line.digest}\n`);
    for (const difference of files) host.out(`${fileText(difference)}\n`);
  }
  return text ? EXIT.failed : EXIT.ok;
};

interface FieldDifference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

// The layers are told by themselves, and their history with them.
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(["rootfs", "history"]);

function configDifferences(before: object, after: object, prefix = ""): FieldDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !TOLD_ELSEWHERE.has(name),
  );
  return names.flatMap((name) => {
    const [old, now]: [unknown, unknown] = [Reflect.get(before, name), Reflect.get(after, name)];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    if (isObject(old) && isObject(now)) return configDifferences(old, now, `${prefix}${name}.`);
    return [{ field: prefix + name, before: old ?? null, after: now ?? null }];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

interface LayerDifference {
  readonly sign: "-" | "+";
  readonly digest: string;
}

/** Layers by their DiffIDs, so that another compression is no difference. */
function layerDifferences(before: Image, after: Image): LayerDifference[] {
  let common = 0;
  while (common < before.layers.length && before.layers[common]?.diffId === after.layers[common]?.diffId) common += 1;
  const rest = (image: Image, sign: "-" | "+"): LayerDifference[] =>
    image.layers.slice(common).map(({ descriptor }) => ({ sign, digest: descriptor.digest }));
  return [...rest(before, "-"), ...rest(after, "+")];
}

async function fileDifferences(before: Image, after: Image, signal: AbortSignal): Promise<TreeDifference[]> {
  const one = await hashTree(before.layers, { signal });
  const two = await hashTree(after.layers, { signal });
  return [...diffTrees(one.tree, two.tree, { sameContent: (a, b) => one.digests.get(a) === two.digests.get(b) })];
}

function rowOfDifference({ kind, fields, before, after }: TreeDifference): object {
  return {
    kind,
    ...(fields.length === 0 ? {} : { fields }),
    ...(before === undefined ? {} : { before: rowOf(before) }),
    ...(after === undefined ? {} : { after: rowOf(after) }),
  };
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

function fileText({ kind, fields, before, after }: TreeDifference): string {
  const node = after ?? before;
  const path = node === undefined ? "" : rowOf(node).path;
  return `${SIGNS[kind]} ${printable(path)}${fields.length === 0 ? "" : ` (${fields.join(", ")})`}`;
}
