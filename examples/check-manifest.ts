/** Lists every clause of image-spec that a manifest breaks: node examples/check-manifest.ts FILE */
import { readFileSync } from "node:fs";
import { checkManifest } from "@teu/spec/image/manifest";
import { formatIssue } from "@teu/spec/issue";
import { parseJsonBytes } from "@teu/std/json-value";

const [file] = process.argv.slice(2);
const bytes = file === undefined ? new TextEncoder().encode('{"schemaVersion":2,"layers":[]}') : readFileSync(file);
for (const issue of checkManifest(parseJsonBytes(bytes))) console.log(formatIssue(issue));
