/** Copies an image from one layout into another, verified on the way: node examples/copy-image.ts FROM TAG TO */
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";

const [from, tag, to] = process.argv.slice(2);
if (from === undefined || tag === undefined || to === undefined) {
  console.log("usage: copy-image FROM TAG TO");
} else {
  const source = await openLayout(from);
  const root = await source.resolve(tag);
  if (root === undefined) throw new Error(`There is no ${tag} in ${from}`);
  await copy(source, await openLayout(to, { create: true }), root, { tags: [tag] });
  console.log(root.digest);
}
