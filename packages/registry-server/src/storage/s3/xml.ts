/**
 * The little of XML that answers of S3 need: the texts of elements by their name.
 * @module
 */

/** The texts of all elements `name`, which hold no element of the same name. */
export function readElements(xml: string, name: string): string[] {
  const [open, close] = [`<${name}>`, `</${name}>`];
  const found: string[] = [];
  for (let from = xml.indexOf(open); from >= 0; from = xml.indexOf(open, from)) {
    const end = xml.indexOf(close, from);
    if (end < 0) break;
    found.push(unescape(xml.slice(from + open.length, end)));
    from = end;
  }
  return found;
}

/** The text of the first element `name`. */
export function readElement(xml: string, name: string): string | undefined {
  return readElements(xml, name)[0];
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#34": '"',
  "#39": "'",
};

// Elements that hold others stay as they are: what is inside of them is read, and unescaped, later.
function unescape(text: string): string {
  return text.includes("<") ? text : text.replaceAll(/&(#?\w{1,6});/g, (all, name: string) => ENTITIES[name] ?? all);
}

/** Escapes text for an element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
