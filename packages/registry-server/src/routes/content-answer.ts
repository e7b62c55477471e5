/**
 * Content that is named by its digest: conditional requests and parts of it.
 * @module
 */
import { holdsIfRange, judgeConditions, parseConditions } from "@teu/spec/distribution/conditional";
import { DOCKER_CONTENT_DIGEST } from "@teu/spec/distribution/headers";
import { type ByteRange, formatContentRange, parseRange, resolveRanges } from "@teu/spec/distribution/range";
import { refuse } from "@teu/spec/distribution/wire-error";
import type { Digest } from "@teu/spec/digest";
import { isTeuError } from "@teu/std/error";
import { answerProblem } from "../answers.ts";
import type { Answer, RegistryRequest } from "../exchange.ts";
import type { Result } from "./call.ts";

/** The headers that content has whether it is sent or not. */
export function contentHeaders(digest: Digest): Record<string, string> {
  return { [DOCKER_CONTENT_DIGEST]: digest, ETag: `"${digest}"` };
}

/** The answer to a conditional request that ends without content; nothing if it goes on. */
export function answerConditions(request: RegistryRequest, digest: Digest): Result | undefined {
  const [ifMatch, ifNoneMatch] = [request.header("if-match"), request.header("if-none-match")];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  const conditions = parseConditions({
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  });
  switch (judgeConditions(conditions, { tag: digest, weak: false }, true)) {
    case "not-modified":
      return { status: 304, headers: contentHeaders(digest) };
    case "failed":
      return refuse("UNSUPPORTED", "the content is not what If-Match names", 412);
    default:
      return undefined;
  }
}

/** Which part of content a request is for: one range, all of it, or an answer of status 416. */
export function readWantedRange(request: RegistryRequest, digest: Digest, size: number): ByteRange | "whole" | Answer {
  const value = request.header("range");
  if (value === undefined) return "whole";
  const ifRange = request.header("if-range");
  if (ifRange !== undefined && !holdsIfRange(ifRange, { tag: digest, weak: false })) return "whole";
  const ranges = resolve(value, size);
  if (ranges === "whole" || ranges.length > 1) return "whole";
  const [range] = ranges;
  if (range !== undefined) return range;
  // The specification has no code for it.
  const problem = refuse("UNSUPPORTED", `no part of ${size} bytes`, 416);
  return answerProblem(problem, { "Content-Range": formatContentRange({ size }) });
}

function resolve(value: string, size: number): readonly ByteRange[] | "whole" {
  try {
    const specs = parseRange(value);
    return specs === undefined ? "whole" : resolveRanges(specs, size);
  } catch (error) {
    if (isTeuError(error, "ERR_HEADER_INVALID")) return [];
    throw error;
  }
}
