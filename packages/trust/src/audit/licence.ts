/**
 * Licences as packages write them.
 * @module
 */

/**
 * Tells whether a text has the shape of an expression of SPDX. What has not is free text, which documents must not take for
 * one.
 * @see {@link https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/}
 */
export function isLicenceExpression(text: string | undefined): text is string {
  if (text === undefined || text.length > 500) return false;
  const words = text.replace(/[()]/g, " ").trim().split(/\s+/);
  return words.every((word, at) =>
    at % 2 === 1 ? /^(?:AND|OR|WITH)$/.test(word) : /^[A-Za-z0-9][A-Za-z0-9.-]*\+?$/.test(word),
  );
}
