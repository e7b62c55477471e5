/**
 * `teu tag`: gives an image further names, in teu's store or at its registry.
 * @module
 */
import { parseImagePlace } from "@teu/content/image-place";
import type { Repository } from "@teu/registry-client/repository";
import { parseReference } from "@teu/spec/reference";
import { TeuError } from "@teu/std/error";
import type { Action } from "../../command.ts";
import type { CliErrorCode } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import { openRegistries } from "../../images/client.ts";
import { openSource, openTarget } from "../../images/open-image.ts";

/** Runs the command. */
export const tag: Action = async (invocation, host) => {
  const [image = "", ...names] = invocation.operands;
  const from = parseImagePlace(image, "store");
  using registries = openRegistries(invocation, host);
  await using source = await openSource(from, { registries, host });
  if (from.kind === "docker") {
    const reference = parseReference(source.name);
    const repository = await registries.target(reference);
    await repository.tagAll(
      names.map((name) => tagIn(name, repository)),
      source.root,
      { signal: host.signal },
    );
    return EXIT.ok;
  }
  for (const name of names) {
    await using target = await openTarget(parseImagePlace(name, "store"), { registries, host });
    for (const each of target.tags) await target.store.tag(each, source.root, { signal: host.signal });
    await target.finish(source.root);
  }
  return EXIT.ok;
};

/** The tag that a name has in a repository; the name may be a tag alone. */
function tagIn(name: string, repository: Repository): string {
  const location = parseImagePlace(name);
  if (!name.includes("/") && !name.includes(":")) return name;
  const reference = location.kind === "docker" ? parseReference(location.name) : undefined;
  if (reference?.tag !== undefined && `${reference.host}/${reference.path}` === repository.place) return reference.tag;
  throw new TeuError<CliErrorCode>("ERR_USAGE", `Tagging "${name}": expected a tag, or a name in ${repository.place}`, {
    hint: "teu copy brings an image to another repository",
  });
}
