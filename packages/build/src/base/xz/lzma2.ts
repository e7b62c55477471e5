/**
 * LZMA2: chunks of LZMA data and of plain bytes, each with the say on what the decoder forgets before it.
 * @module
 */
import { LzmaDecoder } from "./lzma.ts";

const LZMA_CHUNK = 0x80;
const RESETS_DICTIONARY = 0x01;
const PLAIN = 0x02;

/** What to decode, and where to. */
export interface Lzma2Data {
  readonly input: Uint8Array;
  /** Offset of the first chunk. */
  readonly start: number;
  /** Offset behind what may be read. */
  readonly end: number;
  readonly output: Uint8Array;
  readonly outputStart: number;
  readonly outputEnd: number;
}

/** Decodes all chunks. @returns The offset behind them in the input; nothing if they are damaged. */
export function decodeLzma2(data: Lzma2Data): number | undefined {
  const { input, start, end } = data;
  const decoder = new LzmaDecoder(input, data.output, data.outputStart);
  // What has to be given before chunks may go without it.
  let needs: Needs = { dictionary: true, properties: true };
  for (let at = start; at < end;) {
    const control = input[at] ?? 0;
    if (control === 0) return decoder.at === data.outputEnd ? at + 1 : undefined;
    const chunk = control >= LZMA_CHUNK ? lzmaChunk(input, at, control) : plainChunk(input, at, control);
    if (chunk === undefined || chunk.end > end || decoder.at + chunk.size > data.outputEnd) return undefined;
    if (lacks(chunk, needs) || !decodeChunk(decoder, input, chunk)) return undefined;
    needs = { dictionary: false, properties: needs.properties && chunk.properties === undefined };
    at = chunk.end;
  }
  return undefined;
}

interface Needs {
  readonly dictionary: boolean;
  readonly properties: boolean;
}

interface Chunk {
  readonly kind: "lzma" | "plain";
  readonly start: number;
  readonly end: number;
  /** Bytes that it decodes to. */
  readonly size: number;
  readonly resetsDictionary: boolean;
  readonly resetsState: boolean;
  readonly properties: number | undefined;
}

function lacks(chunk: Chunk, needs: Needs): boolean {
  if (needs.dictionary && !chunk.resetsDictionary) return true;
  return needs.properties && chunk.kind === "lzma" && chunk.properties === undefined;
}

function lzmaChunk(input: Uint8Array, at: number, control: number): Chunk {
  const resets = (control >> 5) & 3;
  const byte = (offset: number): number => input[at + offset] ?? 0;
  const size = ((control & 0x1f) << 16) + (byte(1) << 8) + byte(2) + 1;
  const start = at + (resets >= 2 ? 6 : 5);
  return {
    kind: "lzma",
    start,
    end: start + (byte(3) << 8) + byte(4) + 1,
    size,
    resetsDictionary: resets === 3,
    resetsState: resets >= 1,
    properties: resets >= 2 ? byte(5) : undefined,
  };
}

function plainChunk(input: Uint8Array, at: number, control: number): Chunk | undefined {
  if (control !== RESETS_DICTIONARY && control !== PLAIN) return undefined;
  const size = ((input[at + 1] ?? 0) << 8) + (input[at + 2] ?? 0) + 1;
  const resetsDictionary = control === RESETS_DICTIONARY;
  return {
    kind: "plain",
    start: at + 3,
    end: at + 3 + size,
    size,
    resetsDictionary,
    resetsState: false,
    properties: undefined,
  };
}

function decodeChunk(decoder: LzmaDecoder, input: Uint8Array, chunk: Chunk): boolean {
  if (chunk.resetsDictionary) decoder.resetDictionary();
  if (chunk.properties !== undefined && !decoder.setProperties(chunk.properties)) return false;
  if (chunk.resetsState) decoder.resetState();
  if (chunk.kind === "lzma") return decoder.decode(chunk.start, chunk.end, chunk.size);
  decoder.copy(input.subarray(chunk.start, chunk.end));
  return true;
}
