/**
 * `features`: what this program can do, whatever the host.
 * https://github.com/opencontainers/runtime-spec/blob/v1.3.0/features.md
 * @module
 */
import { HOOK_NAMES } from "@teu/spec/runtime/lifecycle-names";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES, NAMESPACE_TYPES } from "@teu/spec/runtime/linux-names";
import {
  OPTIONAL_MOUNT_OPTIONS,
  RECOMMENDED_MOUNT_OPTIONS,
  REQUIRED_MOUNT_OPTIONS,
} from "@teu/spec/runtime/mount-option-names";
import { CAPABILITIES } from "@teu/spec/runtime/process-names";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "@teu/spec/runtime/seccomp-names";
import { JsonFields } from "../json-writer.ts";
import { SPEC_VERSION, VERSION } from "../version.ts";

/** The answer of `features`. */
export function featuresText(): string {
  const options = [...REQUIRED_MOUNT_OPTIONS, ...RECOMMENDED_MOUNT_OPTIONS, ...OPTIONAL_MOUNT_OPTIONS];
  return new JsonFields()
    .text("ociVersionMin", "1.0.0")
    .text("ociVersionMax", SPEC_VERSION)
    .texts("hooks", HOOK_NAMES)
    .texts(
      "mountOptions",
      options.sort((a, b) => (a < b ? -1 : 1)),
    )
    .json("linux", linuxFeatures())
    .json("annotations", new JsonFields().text("org.teu.runtime.version", VERSION).toText())
    .toLines();
}

function linuxFeatures(): string {
  const cgroup = new JsonFields()
    .flag("v1", true)
    .flag("v2", true)
    .flag("systemd", true)
    .flag("systemdUser", true)
    .flag("rdma", true);
  const policy = new JsonFields().texts("modes", MEMORY_POLICY_MODES).texts("flags", MEMORY_POLICY_FLAGS);
  const seccomp = new JsonFields()
    .flag("enabled", true)
    .texts("actions", SECCOMP_ACTIONS)
    .texts("operators", SECCOMP_OPERATORS)
    .texts("archs", SECCOMP_ARCHITECTURES)
    .texts("knownFlags", SECCOMP_FLAGS)
    .texts("supportedFlags", SECCOMP_FLAGS);
  return new JsonFields()
    .texts("namespaces", NAMESPACE_TYPES)
    .texts("capabilities", CAPABILITIES)
    .json("cgroup", cgroup.toText())
    .json("seccomp", seccomp.toText())
    .json("apparmor", new JsonFields().flag("enabled", true).toText())
    .json("selinux", new JsonFields().flag("enabled", true).toText())
    .json("memoryPolicy", policy.toText())
    .json("intelRdt", new JsonFields().flag("enabled", true).flag("schemata", true).flag("monitoring", true).toText())
    .json("mountExtensions", new JsonFields().json("idmap", new JsonFields().flag("enabled", true).toText()).toText())
    .json("netDevices", new JsonFields().flag("enabled", true).toText())
    .toText();
}
