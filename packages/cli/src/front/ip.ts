/** Addresses of the internet in digits. @module */

/** 4 or 6 for an address in digits, 0 for anything else. */
export function isIP(text: string): number {
  return isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0;
}

/** Tells whether a text is an address of version 4. */
export function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}

/** Tells whether a text is an address of version 6, a zone included. */
export function isIPv6(text: string): boolean {
  const [address = "", zone] = text.split("%");
  if (zone === "" || !address.includes(":")) return false;
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  const tail = last.includes(".") ? 1 : 0;
  if (tail === 1 && !isIPv4(last)) return false;
  const isHex = groups.slice(0, groups.length - tail).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
  const size = groups.length + tail;
  return isHex && (halves.length === 2 ? size < 8 : size === 8);
}
