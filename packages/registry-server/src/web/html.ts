/**
 * HTML from templates. Whatever is put into one is escaped, but for what a template made.
 * @module
 */

/** Text that is HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can be put into a template. */
export type Part = Html | string | number | undefined | false | readonly Part[];

/** Makes HTML: ``html`<p>${text}</p>` ``. Attributes have to stand in double quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + render(parts[index])).join(""));
}

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return part === undefined || part === false ? "" : escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for elements and quoted attributes. Characters that turn the direction of writing are shown as such. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
