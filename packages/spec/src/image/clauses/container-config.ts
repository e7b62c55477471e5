/**
 * What config.md demands of `config`, the parameters of containers.
 * @module
 */

/** Rows of `IMAGE_CLAUSES`, by id. */
export const CONTAINER_CONFIG_CLAUSES = {
  "image.config.config": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`config` is an object.",
  },
  "image.config.config.base": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "`config` is where the parameters of a container start from.",
  },
  "image.config.config.omitted": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Advice: without `config`, parameters are given when a container is made.",
    draft: true,
  },
  "image.config.User": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`User` is a string.",
  },
  "image.config.User.form": {
    level: "MAY",
    judge: "document",
    section: "config.md#properties",
    text: "On `linux`, `User` is a user, or a user, a colon and a group, each by name or number.",
  },
  "image.config.User.groups": {
    level: "MUST",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Without a group in `User`, the groups that the container's files give the user apply; with one, none of them.",
  },
  "image.config.ExposedPorts": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`ExposedPorts` maps ports to empty objects.",
  },
  "image.config.ExposedPorts.form": {
    level: "MAY",
    judge: "document",
    section: "config.md#properties",
    text: "A port is a number, or a number, a slash and `tcp` or `udp`.",
  },
  "image.config.Env": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Env` is an array of strings, each a name, `=` and a value.",
  },
  "image.config.Entrypoint": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Entrypoint` is an array of strings.",
  },
  "image.config.Cmd": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Cmd` is an array of strings.",
  },
  "image.config.Cmd.executable": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Without `Entrypoint`, the first of `Cmd` is what to execute.",
  },
  "image.config.Volumes": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Volumes` maps paths to empty objects.",
  },
  "image.config.WorkingDir": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`WorkingDir` is a string.",
  },
  "image.config.Labels": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Labels` keeps the rules of annotations.",
  },
  "image.config.StopSignal": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`StopSignal` is a string.",
  },
  "image.config.StopSignal.form": {
    level: "MAY",
    judge: "document",
    section: "config.md#properties",
    text: "`StopSignal` is a name such as `SIGKILL` or `SIGRTMIN+3`.",
  },
  "image.config.ArgsEscaped": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`ArgsEscaped` is a boolean.",
  },
  "image.config.ArgsEscaped.deprecated": {
    level: "SHOULD",
    judge: "document",
    section: "config.md#properties",
    text: "Advice: new images do without `ArgsEscaped`.",
  },
  "image.config.ArgsEscaped.verbatim": {
    level: "SHOULD",
    judge: "behaviour",
    section: "config.md#properties",
    text: "Advice: where `ArgsEscaped` is true, `Entrypoint` and `Cmd` are not escaped again.",
  },
  "image.config.Memory": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Memory`, a reserved name, is an integer.",
  },
  "image.config.MemorySwap": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`MemorySwap`, a reserved name, is an integer.",
  },
  "image.config.CpuShares": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`CpuShares`, a reserved name, is an integer.",
  },
  "image.config.Healthcheck": {
    level: "MUST",
    judge: "document",
    section: "config.md#properties",
    text: "`Healthcheck`, a reserved name, is an object.",
  },
} as const;
