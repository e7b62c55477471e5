/**
 * The NUMA memory policy of a Linux container.
 * @module
 */
import type { Json } from "@teu/std/json";
import { checkFields, listOf, stringThat } from "../../shape.ts";
import { type RuntimeReport, fieldsOf, oneOf } from "../fields.ts";
import {
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  type MemoryPolicyFlag,
  type MemoryPolicyMode,
} from "../linux-names.ts";
import { isNumberList } from "../number-lists.ts";

/**
 * A memory policy, see set_mempolicy(2).
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config-linux.md#memory-policy}
 */
export interface MemoryPolicy {
  readonly mode: MemoryPolicyMode;
  /** Memory nodes, as a list such as `0-3,7`. Some modes need nodes, some forbid them. */
  readonly nodes?: string;
  readonly flags?: readonly MemoryPolicyFlag[];
}

/** Checks a memory policy. */
export function checkMemoryPolicy(json: Json, report: RuntimeReport): void {
  if (json.kind !== "object") return;
  checkFields(json, MEMORY_POLICY, report);
  checkNodes(json, report);
}

const MEMORY_POLICY = fieldsOf(
  "runtime.linux.memoryPolicy",
  { mode: oneOf(MEMORY_POLICY_MODES) },
  { nodes: stringThat(isNumberList, "a list such as 0-3,7"), flags: listOf(oneOf(MEMORY_POLICY_FLAGS)) },
);

function checkNodes(policy: Json, report: RuntimeReport): void {
  const { text: mode } = policy.get("mode");
  const nodes = policy.get("nodes");
  const empty = nodes.text.trim() === "";
  if (WITHOUT_NODES.includes(mode) && !empty) {
    report.add("runtime.linux.memoryPolicy.nodes.mode", nodes, `expected no nodes for ${mode}`);
  }
  if (WITH_NODES.includes(mode) && empty) {
    report.add("runtime.linux.memoryPolicy.nodes.mode", nodes, `expected nodes for ${mode}`);
  }
}

// As the kernel has it: MPOL_PREFERRED is left, which without nodes prefers the local one.
const WITHOUT_NODES = ["MPOL_DEFAULT", "MPOL_LOCAL"];
const WITH_NODES = ["MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"];
