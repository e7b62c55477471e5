/**
 * Signs with plug-ins of notation that make whole envelopes, with certificates and time stamps of their own.
 * @see {@link https://github.com/notaryproject/specifications/blob/v1.1.0/specs/plugin-extensibility.md#signature-envelope-generator}
 * @module
 */
import { fromBase64, toBase64 } from "@teu/pki/base64";
import type { Annotations } from "@teu/spec/annotations";
import { isTeuError } from "@teu/std/error";
import { type Json, JsonError } from "@teu/std/json";
import { checkNotationChain } from "../formats/notation-chain.ts";
import { parseNotationCose } from "../formats/notation-cose.ts";
import { parseNotationJws } from "../formats/notation-jws.ts";
import { signatureProblem } from "../formats/notation-signature.ts";
import { NOTATION_PAYLOAD_TYPE, type NotationEnvelope, readNotationPayload } from "../formats/notation.ts";
import { JWS_TYPE } from "../formats/types.ts";
import { PLUGIN_CONTRACT, pluginError, pluginProgram } from "../plugin/plugin-program.ts";
import type { PluginKey } from "./notation-plugin.ts";

/** What is to be signed. */
export interface EnvelopeRequest {
  readonly payload: Uint8Array;
  /** Media type of the envelope. */
  readonly mediaType: string;
  readonly expiresInSeconds?: number | undefined;
}

/** An envelope that was made. */
export interface MadeEnvelope {
  readonly bytes: Uint8Array;
  readonly envelope: NotationEnvelope;
  /** For the manifest that holds it. */
  readonly annotations: Annotations;
}

/** Makes envelopes. @throws TeuError `ERR_PLUGIN` */
export type EnvelopeSigner = (request: EnvelopeRequest) => Promise<MadeEnvelope>;

/** A plug-in that makes envelopes. What it makes is verified before it is used. */
export function envelopePlugin({ program, keyId, config = {}, signal }: Omit<PluginKey, "chain">): EnvelopeSigner {
  return async (request) => {
    const { payload, mediaType, expiresInSeconds } = request;
    const answer = await pluginProgram(program, signal)("generate-envelope", {
      contractVersion: PLUGIN_CONTRACT,
      keyId,
      pluginConfig: config,
      ...(expiresInSeconds === undefined ? {} : { expiryDurationInSeconds: expiresInSeconds }),
      payload: toBase64(payload),
      payloadType: NOTATION_PAYLOAD_TYPE,
      signatureEnvelopeType: mediaType,
    });
    try {
      return readAnswer(answer, request);
    } catch (error) {
      if (!(error instanceof JsonError) && !isTeuError(error)) throw error;
      throw pluginError(program, `its envelope is not good: ${error.message}`, error);
    }
  };
}

function readAnswer(answer: Json, { payload, mediaType }: EnvelopeRequest): MadeEnvelope {
  if (answer.get("signatureEnvelopeType").string() !== mediaType)
    throw new JsonError(`it is no ${mediaType}, which was asked for`);
  const bytes = fromBase64(answer.get("signatureEnvelope").string());
  const envelope = mediaType === JWS_TYPE ? parseNotationJws(bytes) : parseNotationCose(bytes);
  const problem = signatureProblem(envelope);
  if (problem !== undefined) throw new JsonError(problem);
  checkNotationChain(envelope.certificates);
  expectSameTarget(envelope.payload, payload);
  const annotations = answer.get("annotations");
  return {
    bytes,
    envelope,
    annotations: Object.fromEntries(annotations.names().map((name) => [name, annotations.get(name).string()])),
  };
}

/** Annotations may be added; nothing that was given may be changed. */
function expectSameTarget(made: Uint8Array, given: Uint8Array): void {
  const [signed, asked] = [readNotationPayload(made), readNotationPayload(given)];
  const isSame = signed.digest === asked.digest && signed.size === asked.size && signed.mediaType === asked.mediaType;
  const lost = Object.entries(asked.annotations).find(([name, value]) => signed.annotations[name] !== value);
  if (!isSame || lost !== undefined) throw new JsonError("it is about something else than was asked for");
}
