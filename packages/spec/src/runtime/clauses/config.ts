/**
 * The configuration as a whole: its encoding, version, root file system, platforms and unknown properties.
 * @module
 */

/** Rows of `RUNTIME_CLAUSES`, by id. */
export const CONFIG_CLAUSES = {
  "runtime.json.utf8": {
    level: "MUST",
    judge: "document",
    text: "A configuration is encoded in UTF-8.",
    section: "glossary.md#json",
  },
  "runtime.json.names": {
    level: "MUST",
    judge: "document",
    text: "No object of a configuration names a property twice.",
    section: "glossary.md#json",
  },
  "runtime.config.types": {
    level: "MUST",
    judge: "document",
    text: "The configuration is an object, and its properties have the types that it states.",
    section: "config.md#configuration",
  },
  "runtime.config.ociVersion": {
    level: "MUST",
    judge: "document",
    text: "The configuration says in `ociVersion` which version of the specification it follows.",
    section: "config.md#specification-version",
  },
  "runtime.config.ociVersion.semver": {
    level: "MUST",
    judge: "document",
    text: "`ociVersion` is a version as SemVer 2.0.0 writes it.",
    section: "config.md#specification-version",
  },
  "runtime.config.ociVersion.major": {
    level: "MUST",
    judge: "document",
    text: "`ociVersion` is of the major version 1, within which versions are compatible, or of a draft before it.",
    section: "config.md#specification-version",
  },
  "runtime.config.root": {
    level: "MUST",
    judge: "document",
    text: "`root` is set on every platform but Windows.",
    section: "config.md#root",
  },
  "runtime.config.root.windows": {
    level: "MUST",
    judge: "document",
    text: "`root` is set for Windows Server containers.",
    section: "config.md#root",
  },
  "runtime.config.root.hyperv": {
    level: "MUST",
    judge: "document",
    text: "`root` is not set for Hyper-V containers.",
    section: "config.md#root",
  },
  "runtime.root.types": {
    level: "MUST",
    judge: "document",
    text: "Properties of `root` have the types that the specification gives.",
    section: "config.md#root",
  },
  "runtime.root.path": {
    level: "MUST",
    judge: "document",
    text: "`root.path` names the root file system.",
    section: "config.md#root",
  },
  "runtime.root.path.volume": {
    level: "MUST",
    judge: "document",
    text: "On Windows `root.path` is a volume GUID path.",
    section: "config.md#root",
  },
  "runtime.root.path.rootfs": {
    level: "SHOULD",
    judge: "document",
    text: "On POSIX platforms `root.path` is the conventional `rootfs`.",
    section: "config.md#root",
  },
  "runtime.root.path.directory": {
    level: "MUST",
    judge: "document",
    text: "A directory exists at `root.path`.",
    section: "config.md#root",
  },
  "runtime.root.readonly.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "A root file system that is `readonly` is read-only inside the container.",
    section: "config.md#root",
  },
  "runtime.root.readonly.windows": {
    level: "MUST",
    judge: "document",
    text: "On Windows `root.readonly` is left out or false.",
    section: "config.md#root",
  },
  "runtime.hostname.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "`hostname` is the host name that processes in the container see.",
    section: "config.md#hostname",
  },
  "runtime.domainname.applied": {
    level: "MUST",
    judge: "behaviour",
    text: "`domainname` is the domain name that processes in the container see.",
    section: "config.md#domainname",
  },
  "runtime.platform.freebsd": {
    level: "MAY",
    judge: "document",
    text: "`freebsd` is set only where the target platform is FreeBSD.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.platform.linux": {
    level: "MAY",
    judge: "document",
    text: "`linux` is set only where the target platform is Linux.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.platform.solaris": {
    level: "MAY",
    judge: "document",
    text: "`solaris` is set only where the target platform is Solaris.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.platform.vm": {
    level: "MAY",
    judge: "behaviour",
    text: "`vm` is set only where the target platform and architecture support hardware virtualisation.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.platform.windows": {
    level: "MUST",
    judge: "document",
    text: "`windows` is set where the target platform is Windows.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.platform.zos": {
    level: "MAY",
    judge: "document",
    text: "`zos` is set only where the target platform is z/OS.",
    section: "config.md#platform-specific-configuration",
  },
  "runtime.config.unknown.log": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may log unknown properties.",
    section: "config.md#extensibility",
  },
  "runtime.config.unknown.ignore": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime ignores unknown properties; they are no error.",
    section: "config.md#extensibility",
  },
  "runtime.config.values": {
    level: "MUST",
    judge: "behaviour",
    text: "A runtime fails on invalid and on unsupported values.",
    section: "config.md#valid-values",
  },
  "runtime.config.values.subset": {
    level: "MAY",
    judge: "behaviour",
    text: "A runtime may support only some of the valid values, unless all are demanded.",
    section: "config.md#valid-values",
  },
} as const;
