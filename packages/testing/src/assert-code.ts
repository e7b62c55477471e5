/**
 * Asserts on errors by their code, which is what callers tell them apart by.
 * @module
 */
import assert from "node:assert/strict";

/** An error with a code, as the house and Node throw them. */
export interface CodedError extends Error {
  readonly code: string;
  readonly detail?: unknown;
  readonly hint?: string | undefined;
}

/**
 * Asserts that `action` throws, or that its promise rejects with, an error of the given `code`, and returns that error,
 * so that the test can look at its message, detail and cause. Await the result where `action` is asynchronous.
 */
export function assertCode(action: () => PromiseLike<unknown>, code: string): Promise<CodedError>;
export function assertCode(action: () => unknown, code: string): CodedError;
export function assertCode(action: () => unknown, code: string): CodedError | Promise<CodedError> {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    return withCode(error, code);
  }
  if (isPromise(result)) return rejection(result, code);
  return assert.fail(`expected ${code} to be thrown, but nothing was`);
}

async function rejection(promise: PromiseLike<unknown>, code: string): Promise<CodedError> {
  try {
    await promise;
  } catch (error) {
    return withCode(error, code);
  }
  return assert.fail(`expected a rejection with ${code}, but the promise was fulfilled`);
}

function withCode(error: unknown, code: string): CodedError {
  if (error instanceof Error && "code" in error && error.code === code) return error as CodedError;
  throw new assert.AssertionError({ message: `expected ${code}, got ${describe(error)}`, operator: "assertCode" });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  return "code" in error ? `${String(error.code)}: ${error.message}` : String(error.stack ?? error);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
