/** Lists the tags of a repository over fetch, as a browser or a worker can: node examples/list-tags.ts ADDRESS NAME */
import { Registry } from "@teu/registry-client/registry";

const [address, name] = process.argv.slice(2);
if (address === undefined || name === undefined) {
  console.log("usage: list-tags ADDRESS NAME, such as https://registry.example.com team/app");
} else {
  for await (const tag of new Registry(address).repository(name).tags()) console.log(tag);
}
