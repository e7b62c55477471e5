/**
 * Takes texts of OpenPGP apart: signed texts into what is signed and the signature, armour into bytes. Nothing is verified
 * here. What a verifier is given and what we read are the same bytes, so the two cannot see different texts.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9580#section-7}
 * @module
 */

/** A signed text in two. */
export interface SignedText {
  /** What is signed, lines ended by line feeds, without the last line end. */
  readonly text: string;
  /** The signatures, with their armour. */
  readonly signature: string;
}

const BEGIN = "-----BEGIN PGP SIGNED MESSAGE-----";
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const END = "-----END PGP SIGNATURE-----";

/** Takes a clear-signed text apart. @returns Nothing if it is not exactly one, with nothing before or behind it. */
export function splitClearSigned(message: string): SignedText | undefined {
  const lines = message.split("\n").map((line) => line.replace(/[ \t\r]+$/, ""));
  while (lines.at(-1) === "") lines.pop();
  const headersEnd = lines.indexOf("");
  const signatureStart = lines.indexOf(SIGNATURE);
  if (lines[0] !== BEGIN || headersEnd < 1 || signatureStart <= headersEnd || lines.at(-1) !== END) return undefined;
  if (!lines.slice(1, headersEnd).every((line) => /^Hash: [\w, -]+$/.test(line))) return undefined;
  const text: string[] = [];
  for (const line of lines.slice(headersEnd + 1, signatureStart)) {
    // Lines that begin with a dash have "- " in front; any other dash would be armour.
    if (line.startsWith("-") && !line.startsWith("- ")) return undefined;
    text.push(line.startsWith("- ") ? line.slice(2) : line);
  }
  const signature = lines.slice(signatureStart);
  if (signature.filter((line) => line.startsWith("-----")).length !== 2) return undefined;
  return { text: text.join("\n"), signature: `${signature.join("\n")}\n` };
}

/** The bytes within armour: several blocks one after the other. @returns Nothing if it is malformed. */
export function dearmour(text: string): Uint8Array | undefined {
  const parts: Buffer[] = [];
  const blocks = text.matchAll(/^-----BEGIN (PGP [A-Z ]+)-----[ \t\r]*\n([\s\S]*?)^-----END \1-----/gm);
  for (const [, , block = ""] of blocks) {
    // Headers end with an empty line; the line that begins with = is a checksum, which proves nothing.
    const body = block.replaceAll("\r", "").replace(/^(?:[A-Za-z-]+: [^\n]*\n)*[ \t]*\n/, "");
    const base64 = body.replace(/^=[A-Za-z0-9+/]{4}[ \t]*$/m, "").replace(/\s+/g, "");
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
    parts.push(Buffer.from(base64, "base64"));
  }
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}
