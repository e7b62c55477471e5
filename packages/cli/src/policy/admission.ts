/**
 * The judge of every start of a container: the user's policies, asked again each time, with nobody asked over the network.
 * @module
 */
import type { Source } from "@teu/content/store";
import type { Admission, AdmissionRequest } from "@teu/engine/engine";
import type { Descriptor } from "@teu/spec/descriptor";
import { type Reference, isReference, parseReference } from "@teu/spec/reference";
import { TeuError, isTeuError } from "@teu/std/error";
import type { Host } from "../host.ts";
import { hasPolicies } from "./user-policies.ts";

/** The admission of this user; nothing where there is no policy, so that a start has nobody to ask. */
export function policyAdmission(host: Host): Admission | undefined {
  return hasPolicies(host) ? { admit: async (request) => await admit(request, host) } : undefined;
}

async function admit(request: AdmissionRequest, host: Host): Promise<void> {
  const { userPolicies } = await import("./user-policies.ts");
  const { acceptsUnseen } = await import("@teu/trust/policy/load-policies");
  const name = nameOf(request);
  const { policies } = await userPolicies(host);
  if (name !== undefined && acceptsUnseen(policies, name)) return;
  const { enforcePolicies } = await import("./enforce.ts");
  const { openLayout } = await import("@teu/content/layout-store");
  const { storeFolder } = await import("../images/open-image.ts");
  await using source = await openLayout(storeFolder(host));
  const root = await source.resolve(request.root, { signal: host.signal });
  try {
    const found = root ?? missing(request);
    const manifest = await manifestOf(source, found, request.manifest);
    await enforcePolicies(host, { source, root: found, manifest, name, isOwn: true, moment: "start" });
  } catch (error) {
    if (!isTeuError(error)) throw error;
    throw new TeuError("ERR_NOT_ADMITTED", `Starting container "${request.name}": ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

function nameOf({ image }: AdmissionRequest): Reference | undefined {
  return isReference(image) ? parseReference(image) : undefined;
}

function missing({ root, image }: AdmissionRequest): Descriptor {
  throw new TeuError(
    "ERR_IMAGE_MISSING",
    `Reading "${image}": the store has no ${root} any more, expected it for its policy`,
    {
      hint: "Pull it again",
    },
  );
}

async function manifestOf(store: Source, root: Descriptor, digest: string): Promise<Descriptor> {
  if (root.digest === digest) return root;
  const { walk } = await import("@teu/content/graph");
  for await (const { descriptor } of walk(store, root, {})) if (descriptor.digest === digest) return descriptor;
  throw new TeuError("ERR_IMAGE_MISSING", `Reading "${root.digest}": it does not lead to ${digest}`);
}
