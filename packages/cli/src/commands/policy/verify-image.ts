/**
 * `teu policy verify-image`: one of containerd's image verifiers.
 * @see {@link https://github.com/containerd/containerd/blob/v2.1.4/docs/image-verification.md}
 * @module
 */
import { chooseManifest } from "@teu/content/platform-choice";
import { readDescriptor } from "@teu/content/links";
import { type Digest, isDigest } from "@teu/spec/digest";
import {
  type Reference,
  isReference,
  parseReference,
  repositoryOf,
  withDefaultTag,
  withDigest,
} from "@teu/spec/reference";
import { parseJsonBytes } from "@teu/std/json-value";
import { printable } from "@teu/std/redact";
import { collect } from "@teu/std/streams";
import { type Action, type Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { hostPlatform, openRegistries } from "../../images/client.ts";
import { openSource } from "../../images/open-image.ts";
import { judgeImage } from "../../policy/enforce.ts";
import { userPolicies } from "../../policy/user-policies.ts";
import { usage } from "../trust/key-file.ts";

const MAX_INPUT_BYTES = 4 * 1024 * 1024;

interface Question {
  readonly name: Reference;
  readonly digest: Digest;
}

/** Runs the command. The reason is the result, since it is what containerd shows. */
export const verifyForContainerd: Action = async (invocation, host) => {
  const question = readQuestion(invocation.operands);
  await checkInput(question, host);
  const known = await userPolicies(host);
  const { name, digest } = question;
  using registries = openRegistries(withoutOptions(invocation), host);
  const exact = withDigest(repositoryOf(name), digest);
  const location = { kind: "docker", name: `${exact.host}/${exact.path}@${digest}` } as const;
  await using opened = await openSource(location, { registries, host });
  const { store: source, root } = opened;
  const manifest = await chooseManifest(source, root, hostPlatform(), { signal: host.signal });
  const image = { source, root, manifest, name, isOwn: false, moment: "pull" } as const;
  const { accepted, answers, problem = "refused" } = await judgeImage(host, image, { known });
  const reason = accepted ? (answers.length === 0 ? "there is no policy" : "its policies accept it") : problem;
  host.out(`${printable(reason)}\n`);
  return accepted ? EXIT.ok : EXIT.failed;
};

function withoutOptions(invocation: Invocation): Invocation {
  return { ...invocation, option: () => undefined, options: () => [], flag: () => false };
}

/** Reads flags as Go's programs write them: with one dash or two, the value behind a space or an equals sign. */
function readQuestion(words: readonly string[]): Question {
  const flags = new Map<string, string>();
  for (let at = 0; at < words.length; at += 1) {
    const [, flag, value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(words[at] ?? "") ?? [];
    if (flag === undefined || flags.has(flag))
      throw usage(`Reading "${words[at] ?? ""}": expected -name, -digest and such`);
    flags.set(flag, value ?? words[(at += 1)] ?? "");
  }
  const [name = "", digest = ""] = [flags.get("name"), flags.get("digest")];
  if (!isReference(name)) throw usage(`Reading -name "${name}": expected the name of an image`);
  if (!isDigest(digest)) throw usage(`Reading -digest "${digest}": expected a digest`);
  return { name: withDefaultTag(parseReference(name)), digest };
}

/** The descriptor on standard input has to be that of the digest; containerd may also write nothing. */
async function checkInput({ digest }: Question, { input }: Host): Promise<void> {
  const bytes = await collect(input ?? [], { maxBytes: MAX_INPUT_BYTES, what: "standard input" });
  if (bytes.length === 0) return;
  const given = readDescriptor(parseJsonBytes(bytes)).digest;
  if (given !== digest) throw usage(`Reading standard input: a descriptor of ${given}, expected one of ${digest}`);
}
