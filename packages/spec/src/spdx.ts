/**
 * SPDX licence expressions, such as `MIT OR (Apache-2.0 WITH LLVM-exception AND BSD-3-Clause)`: their grammar alone.
 * Which names are in the SPDX list changes with every release of it, so any well-formed name passes.
 * @module
 */

/**
 * Tells whether `text` is a licence expression. Operators may be in upper or lower case.
 * @see {@link https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/}
 */
export function isLicenceExpression(text: string): boolean {
  let depth = 0;
  let operandDue = true;
  for (const token of text.match(TOKENS) ?? []) {
    if (token === "(" ? !operandDue : token !== ")" && OPERATOR.test(token) === operandDue) return false;
    if (token === ")" && (operandDue || depth === 0)) return false;
    if (token === "(") depth += 1;
    else if (token === ")") depth -= 1;
    else if (!OPERATOR.test(token) && !NAME.test(token)) return false;
    else operandDue = !operandDue;
  }
  return depth === 0 && !operandDue;
}

const TOKENS = /[()]|[^\s()]+/g;
const OPERATOR = /^(?:AND|OR|WITH|and|or|with)$/;
const NAME = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9.-]+\+?$/;
