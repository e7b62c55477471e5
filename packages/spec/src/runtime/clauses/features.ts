/**
 * The features structure.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const FEATURE_CLAUSES = {
  "runtime.features.provided": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may tell its callers its features.",
    section: "features.md#features-structure",
  },
  "runtime.features.compiled": {
    level: "SHOULD",
    judge: "behaviour",
    text: "The features are determined when the runtime is compiled, not when it runs.",
    section: "features.md#features-structure",
  },
  "runtime.features.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of the features have the types that the specification gives.",
    section: "features.md#features-structure",
  },
  "runtime.features.null": {
    level: "MAY",
    judge: "behaviour",
    text: "A property but `ociVersionMin` and `ociVersionMax` may be absent or null.",
    section: "features.md#features-structure",
  },
  "runtime.features.null.empty": {
    level: "MUST",
    judge: "behaviour",
    text: "A null is not taken for an empty value.",
    section: "features.md#features-structure",
  },
  "runtime.features.ociVersionMin": {
    level: "MUST",
    judge: "document",
    text: "The features have `ociVersionMin`, a version that a configuration can have.",
    section: "features.md#specification-version",
  },
  "runtime.features.ociVersionMin.accepted": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime accepts `ociVersionMin` as the `ociVersion` of a configuration.",
    section: "features.md#specification-version",
  },
  "runtime.features.ociVersionMax": {
    level: "MUST",
    judge: "document",
    text: "The features have `ociVersionMax`, a version that a configuration can have.",
    section: "features.md#specification-version",
  },
  "runtime.features.ociVersionMax.accepted": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime accepts `ociVersionMax` as the `ociVersion` of a configuration.",
    section: "features.md#specification-version",
  },
  "runtime.features.ociVersionMax.order": {
    level: "MUST",
    judge: "document",
    text: "`ociVersionMax` is not less than `ociVersionMin`.",
    section: "features.md#specification-version",
  },
  "runtime.features.defined": {
    level: "MUST",
    judge: "document",
    text: "The features have no property that the version `ociVersionMax` of the specification does not define.",
    section: "features.md#specification-version",
  },
  "runtime.features.hooks.supported": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime supports the hooks that it tells.",
    section: "features.md#hooks",
  },
  "runtime.features.mountOptions.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the mount options that it tells.",
    section: "features.md#mount-options",
  },
  "runtime.features.mountOptions.data": {
    level: "SHOULD",
    judge: "behaviour",
    text: "On Linux the mount options do not include those of file systems.",
    section: "features.md#mount-options",
  },
  "runtime.features.linux.set": {
    level: "MAY",
    judge: "behaviour",
    text: "`linux` is set only where the runtime supports Linux.",
    section: "features.md#platform-specific-features",
  },
  "runtime.features.annotations.structure": {
    level: "MAY",
    judge: "behaviour",
    text: "The annotations of the features may be structured or unstructured.",
    section: "features.md#annotations",
  },
  "runtime.features.annotations": {
    level: "MUST",
    judge: "document",
    text: "The annotations of the features follow the rules for keys and values in a configuration.",
    section: "features.md#annotations",
  },
  "runtime.features.linux.namespaces.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the namespaces that it tells.",
    section: "features-linux.md#namespaces",
  },
  "runtime.features.linux.capabilities.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the capabilities that it tells.",
    section: "features-linux.md#capabilities",
  },
  "runtime.features.linux.seccomp.actions.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the seccomp actions that it tells.",
    section: "features-linux.md#seccomp",
  },
  "runtime.features.linux.seccomp.operators.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the seccomp operators that it tells.",
    section: "features-linux.md#seccomp",
  },
  "runtime.features.linux.seccomp.archs.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the seccomp architectures that it tells.",
    section: "features-linux.md#seccomp",
  },
  "runtime.features.linux.seccomp.knownFlags.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the seccomp flags that it tells as known.",
    section: "features-linux.md#seccomp",
  },
  "runtime.features.linux.seccomp.supportedFlags.supported": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows and supports the seccomp flags that it tells as supported.",
    section: "features-linux.md#seccomp",
  },
  "runtime.features.linux.memoryPolicy.modes.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the modes of memory policies that it tells.",
    section: "features-linux.md#memorypolicy",
  },
  "runtime.features.linux.memoryPolicy.flags.known": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime knows the flags of memory policies that it tells.",
    section: "features-linux.md#memorypolicy",
  },
  "runtime.features.linux.mountExtensions.idmap": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime that supports mapped mounts in part says so too.",
    section: "features-linux.md#mountextensions",
  },
} as const;
