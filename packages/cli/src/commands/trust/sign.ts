/**
 * `teu sign`.
 * @module
 */
import { formatReference } from "@teu/spec/reference";
import { stringifyJson } from "@teu/std/json-value";
import {
  SIGN_FORMS,
  type SignForm,
  type SignOptions,
  type SignedForm,
  signImage,
  signTree,
} from "@teu/trust/sign/sign-image";
import { signGpg } from "@teu/trust/sign/sign-gpg";
import { signTag } from "@teu/trust/sign/sign-tag";
import type { Action, Invocation } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Host } from "../../host.ts";
import { numberOption, openRegistries, readPairs } from "../../images/client.ts";
import { readDuration } from "./duration.ts";
import { readCertificates, usage } from "./key-file.ts";
import { type SigningPlace, type TrustPlace, openForReading, openForSigning } from "./place.ts";
import { readSigner } from "./signer-options.ts";
import { lookasideOf } from "./trust-options.ts";

/** Runs the command. */
export const sign: Action = async (invocation, host) => {
  const gpgKey = invocation.option("gpg-key");
  // With a key of gpg, one of our own is not needed.
  const isGpgAlone =
    gpgKey !== undefined && !["key", "identity-token", "plugin"].some((name) => invocation.option(name));
  const options = isGpgAlone ? undefined : await readOptions(invocation, host);
  using registries = openRegistries(invocation, host);
  const opener = { registries, host, invocation };
  for (const image of invocation.operands) {
    if (gpgKey !== undefined) {
      // A signature in a file needs no place in the registry.
      await using place = await openForReading(image, opener);
      await signWithGpg(place, gpgKey, { invocation, host });
    }
    if (options !== undefined) {
      await using place = await openForSigning(image, opener);
      show(await signPlace(place, options, { invocation, host }), invocation, host);
    }
  }
  return EXIT.ok;
};

interface Asked {
  readonly invocation: Invocation;
  readonly host: Host;
}

async function signPlace(place: SigningPlace, options: SignOptions, asked: Asked): Promise<readonly Shown[]> {
  const { invocation, host } = asked;
  const where = { store: place.target, nameOfTag: place.nameOfTag, signal: host.signal };
  const named = { ...options, ...formsOf(options, place, host) };
  const signAll = invocation.flag("recursive") ? signTree : signImage;
  const signed = await signAll(where, place.root, named);
  if (!invocation.flag("tag-record")) return signed;
  const { name, title } = place;
  if (name === undefined) throw usage(`Recording the tag of "${title}": expected a name`, "Give --name NAME:TAG");
  const record = { signer: options.signer, keyless: options.keyless, name, ...recordOptions(invocation) };
  const manifest = await signTag(where, place.root, record);
  return [...signed, { form: "tag-record", subject: place.root, manifest }];
}

async function signWithGpg(place: TrustPlace, key: string, { invocation, host }: Asked): Promise<void> {
  const folder = await lookasideOf(invocation, host, place);
  if (folder === undefined)
    throw usage("Signing with gpg: there is no --lookaside", "It is the folder that registries.d names");
  if (place.name === undefined) throw usage(`Signing "${place.title}": expected a full name`, "Give --name NAME");
  const home = host.env["GNUPGHOME"];
  const options = { key, folder, name: formatReference(place.name), signal: host.signal };
  host.out(
    `${place.root.digest}  gpg  ${await signGpg(place.root, { ...options, ...(home === undefined ? {} : { home }) })}\n`,
  );
}

type Shown = Omit<SignedForm, "form"> & { readonly form: SignForm | "tag-record" };

function show(signed: readonly Shown[], invocation: Invocation, host: Host): void {
  if (invocation.option("format") === "json") {
    const plain = signed.map(({ form, subject, manifest }) => ({ form, subject: subject.digest, manifest }));
    host.out(`${stringifyJson(plain)}\n`);
    return;
  }
  for (const { form, subject, manifest } of signed) host.out(`${subject.digest}  ${form}  ${manifest.digest}\n`);
}

async function readOptions(invocation: Invocation, host: Host): Promise<SignOptions> {
  const certificate = invocation.option("certificate");
  const expires = invocation.option("expires");
  const forms = invocation.options("form").map(readForm);
  return {
    ...(await readSigner(invocation, host)),
    annotations: readPairs(invocation.options("annotation"), "annotation"),
    ...(forms.length === 0 ? {} : { forms }),
    ...(certificate === undefined ? {} : { chain: await readCertificates(certificate, host) }),
    ...(expires === undefined ? {} : { expiresMs: Date.now() + readDuration(expires, "expires") }),
  };
}

function readForm(text: string): SignForm {
  const form = SIGN_FORMS.find((each) => each === text);
  if (form !== undefined) return form;
  throw usage(`Reading option --form "${text}": expected ${SIGN_FORMS.join(", ")}`);
}

/** The legacy form binds a name. Where there is none, it is left out unless it was asked for. */
function formsOf(options: SignOptions, { name, title }: TrustPlace, host: Host): Pick<SignOptions, "forms" | "name"> {
  if (name !== undefined) return { name: formatReference(name) };
  if (options.forms !== undefined || options.envelopes !== undefined) return {};
  host.note(`teu: ${title} has no full name, so only the bundle is written; --name gives it one`);
  return { forms: ["bundle"] };
}

function recordOptions(invocation: Invocation): { readonly expiresMs: number; readonly sequence?: number | undefined } {
  const expires = invocation.option("expires");
  if (expires === undefined)
    throw usage("Recording a tag: there is no --expires", "A record has to end, such as in 30d");
  return { expiresMs: Date.now() + readDuration(expires, "expires"), sequence: numberOption(invocation, "sequence") };
}
