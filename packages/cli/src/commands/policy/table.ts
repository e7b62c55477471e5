/**
 * The commands of policies.
 * @module
 */
import type { Command, Option } from "../../command.ts";
import { CLIENT_OPTIONS } from "../../images/client-options.ts";

const POLICY_OPTIONS: Readonly<Record<string, Option>> = {
  policy: {
    type: "string",
    value: "FILE",
    about: "teu's own policy; by default policy.yaml of ~/.config/teu or /etc/teu",
  },
  "containers-policy": { type: "string", value: "FILE", about: "The policy.json of podman and skopeo to use" },
  "registries-d": { type: "string", value: "FOLDER", about: "The registries.d to use" },
  "notation-policy": { type: "string", value: "FILE", about: "Also ask this trust policy of the Notary Project" },
  "trust-store": { type: "string", value: "FOLDER", about: "The Notary Project's trust stores, with x509 in it" },
  offline: { type: "boolean", about: "Ask nobody over the network whether certificates are revoked" },
  platform: { type: "string", value: "OS/ARCH", about: "Judge the image for this platform" },
  name: { type: "string", value: "NAME", about: "The full name of the image, where its place has none" },
  format: { type: "string", value: "FORMAT", about: "json, or lines without it" },
};

const ABOUT = `IMAGE is in teu's store unless it says otherwise, as in docker://NAME or oci:FOLDER. Without any policy every image is
accepted, as podman does. All policies that there are have to accept it.`;

/** The commands, in the order in which help lists them. */
export const POLICY_COMMANDS: readonly Command[] = [
  {
    name: "policy check",
    summary: "Tell whether the policies accept an image",
    operands: "IMAGE…",
    count: [1, 64],
    options: { ...CLIENT_OPTIONS, ...POLICY_OPTIONS },
    about: `${ABOUT} Ends with 1 unless all are accepted.`,
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "policy explain",
    summary: "Tell what the policies ask of an image, and what was found",
    operands: "IMAGE…",
    count: [1, 64],
    options: { ...CLIENT_OPTIONS, ...POLICY_OPTIONS },
    about: ABOUT,
    load: async () => (await import("./check.ts")).explain,
  },
  {
    name: "policy verify-image",
    summary: "Answer containerd whether an image may be pulled",
    operands: "-name NAME -digest DIGEST -stdin-media-type TYPE",
    count: [0, 64],
    verbatimFrom: 0,
    options: {},
    about: `The contract of containerd's image verifiers: the words above, a descriptor on standard input, a reason on standard
output, and 0 for yes. A link to the program teu-image-verifier in containerd's bin_dir is enough.`,
    load: async () => (await import("./verify-image.ts")).verifyForContainerd,
  },
];
