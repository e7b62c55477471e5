/** Takes names of images apart as Docker does: node examples/read-name.ts NAME… */
import { formatReference, parseReference, withDefaultTag } from "@teu/spec/reference";

for (const name of process.argv.length > 2 ? process.argv.slice(2) : ["debian", "quay.io/team/app:v1"]) {
  const { host, path, tag } = withDefaultTag(parseReference(name));
  console.log(`${name}: registry ${host}, repository ${path}, tag ${tag}`);
  console.log(formatReference(parseReference(name)));
}
