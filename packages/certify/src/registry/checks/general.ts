/**
 * What is no matter of one kind of content: the base, extensions, being a proxy.
 * @module
 */
import { checkExtensionList } from "@teu/spec/distribution/extensions";
import { OCI_NAMESPACE } from "@teu/spec/distribution/headers";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import { type Lab, sight } from "../lab.ts";
import { pushImage } from "./manifests.ts";

/** `GET /v2/`. */
export async function askBase(lab: Lab): Promise<void> {
  const answer = await lab.send("GET", "/v2/");
  lab.judgeStatus("general.pull", answer, 200);
  const challenged = answer.request.headers?.["authorization"] !== undefined;
  lab.offers(
    "general.base.authentication",
    challenged,
    `${sight(answer)} ${challenged ? "with" : "without"} authorization`,
  );
  const version = answer.headers.get("docker-distribution-api-version");
  lab.offers(
    "general.docker-headers",
    version !== null,
    `${sight(answer)}, Docker-Distribution-API-Version: ${version}`,
  );
}

/** Whether there is more than pulling. */
export async function askCategories(lab: Lab): Promise<void> {
  await pushImage(lab, "certify-categories");
  const listed = await lab.send("GET", lab.path("tags", "list"));
  const deleted = await lab.send("DELETE", lab.path("manifests", "certify-categories"));
  const seen = `pushing succeeds; ${sight(listed)}; ${sight(deleted)}`;
  lab.judge("general.categories", listed.status === 200 && ![400, 404, 405].includes(deleted.status), seen);
}

/** An extension that nobody has. */
export async function askUnknownExtension(lab: Lab): Promise<void> {
  const answer = await lab.send("GET", "/v2/_teu-certify/none/none");
  const body = Buffer.from(answer.body).toString();
  lab.offers("extension.unknown", body.includes("EXTENSION_UNKNOWN"), sight(answer));
}

/** The list of extensions. */
export async function askExtensions(lab: Lab): Promise<void> {
  const answer = await lab.send("GET", "/v2/_oci/ext/discover");
  const has = answer.status === 200;
  lab.offers("extension.none", !has, sight(answer));
  const body = Buffer.from(answer.body).toString();
  lab.offers("extension.none.code", !has && body.includes("UNSUPPORTED"), sight(answer));
  const clauses = ["list", "list.name", "list.url", "list.description", "list.endpoints"].map(
    (name) => `extension.${name}` as const,
  );
  if (!has) return lab.untested(`the registry has no list of extensions: ${sight(answer)}`, ...(clauses as never[]));
  try {
    lab.judgeIssues(clauses as never[], checkExtensionList(parseJsonBytes(answer.body)), sight(answer));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    lab.judge("extension.list", false, `${sight(answer)}: ${error.message}`);
  }
}

/** A pull for another host's name. */
export async function askNamespace(lab: Lab): Promise<void> {
  const manifest = await pushImage(lab);
  const answer = await lab.send("GET", `${lab.path("manifests", manifest.descriptor.digest)}?ns=registry.invalid`);
  const echo = answer.headers.get(OCI_NAMESPACE);
  lab.offers("proxy.ns.ignore", echo === null, `${sight(answer)}, ${OCI_NAMESPACE}: ${echo}`);
  lab.offers("proxy.ns.resolve", echo !== null, `${sight(answer)}, ${OCI_NAMESPACE}: ${echo}`);
  if (echo === null) lab.untested("the registry does not scope by ns", "proxy.ns.echo");
  else lab.judge("proxy.ns.echo", echo === "registry.invalid", `${sight(answer)}, ${OCI_NAMESPACE}: ${echo}`);
}
