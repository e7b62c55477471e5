/** Pulls an image into a layout, with the user's credentials and mirrors: node examples/pull-image.ts IMAGE FOLDER */
import { copy } from "@teu/content/copy";
import { openLayout } from "@teu/content/layout-store";
import { UserRegistries } from "@teu/registry-client/user-registries";
import { parseReference } from "@teu/spec/reference";

const [name, folder] = process.argv.slice(2);
if (name === undefined || folder === undefined) {
  console.log("usage: pull-image IMAGE FOLDER");
} else {
  using registries = new UserRegistries();
  const { tag = "latest", ...repository } = parseReference(name);
  const image = await registries.source(repository);
  const root = await image.resolve(tag);
  if (root === undefined) throw new Error(`There is no ${name}`);
  await copy(image, await openLayout(folder, { create: true }), root, { tags: [tag] });
  console.log(root.digest);
}
