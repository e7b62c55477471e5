/**
 * The clients that people have, each as what it does to push, pull and list.
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { peerPath, run } from "../registry-client/programs.ts";

/** How a client reaches a registry. */
export interface Reach {
  readonly host: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Folder with the certificate `ca.crt` of a registry with TLS; nothing for one without. */
  readonly certificates?: string | undefined;
  /** Folder of a client's own. */
  readonly home: string;
}

/** A client. What it does throws if it fails. */
export interface Client {
  readonly name: string;
  readonly programs: readonly string[];
  /** Pulls an image and pushes it again under another name. */
  readonly copy: (reach: Reach, from: string, to: string) => Promise<void>;
  /** The tags of a repository, if the client can ask. */
  readonly list?: (reach: Reach, repo: string) => Promise<readonly string[]>;
}

async function words(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, out, notes } = await run(peerPath(program) ?? program, args, { env });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: ${notes}`);
  return out;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function credentials({ user, password }: Reach, option: string): string[] {
  return user === undefined ? [] : [`${option}=${user}:${password}`];
}

function skopeoAccess(reach: Reach, side: "" | "src-" | "dest-"): string[] {
  const { certificates } = reach;
  const tls = certificates === undefined ? `--${side}tls-verify=false` : `--${side}cert-dir=${certificates}`;
  return [tls, ...credentials(reach, `--${side}creds`)];
}

const skopeo: Client = {
  name: "skopeo",
  programs: ["skopeo"],
  copy: async (reach, from, to) => {
    const local = `oci:${join(reach.home, "skopeo")}:v1`;
    const [source, target] = [from, to].map((name) => `docker://${reach.host}/${name}`);
    await words("skopeo", ["--insecure-policy", "copy", "-q", ...skopeoAccess(reach, "src-"), source ?? "", local]);
    await words("skopeo", ["--insecure-policy", "copy", "-q", ...skopeoAccess(reach, "dest-"), local, target ?? ""]);
  },
  list: async (reach, repo) => {
    const text = await words("skopeo", ["list-tags", ...skopeoAccess(reach, ""), `docker://${reach.host}/${repo}`]);
    return (JSON.parse(text) as { Tags: string[] }).Tags;
  },
};

function podmanAccess(reach: Reach): string[] {
  const { certificates } = reach;
  return [
    certificates === undefined ? "--tls-verify=false" : `--cert-dir=${certificates}`,
    ...credentials(reach, "--creds"),
  ];
}

function podmanLike(name: "podman" | "buildah"): Client {
  const place = ({ home }: Reach): string[] => {
    return ["--root", join(home, name), "--runroot", join(home, `${name}-run`), "--storage-driver", "vfs"];
  };
  return {
    name,
    programs: [name],
    copy: async (reach, from, to) => {
      const [source, target] = [`${reach.host}/${from}`, `${reach.host}/${to}`];
      const env = { HOME: reach.home };
      await words(name, [...place(reach), "pull", "-q", ...podmanAccess(reach), `docker://${source}`], env);
      await words(name, [...place(reach), "push", "-q", ...podmanAccess(reach), source, `docker://${target}`], env);
    },
  };
}

/** Programs in Go take further authorities from the environment. */
async function goEnvironment({ certificates, home, host, user, password }: Reach): Promise<Record<string, string>> {
  const auth = Buffer.from(`${user}:${password}`).toString("base64");
  const config = user === undefined ? {} : { auths: { [host]: { auth } } };
  await mkdir(join(home, "docker"), { recursive: true });
  await writeFile(join(home, "docker/config.json"), JSON.stringify(config));
  return {
    HOME: home,
    DOCKER_CONFIG: join(home, "docker"),
    ...(certificates === undefined ? {} : { SSL_CERT_FILE: join(certificates, "ca.crt") }),
  };
}

const crane: Client = {
  name: "crane",
  programs: ["crane"],
  copy: async (reach, from, to) => {
    const env = await goEnvironment(reach);
    const local = join(reach.home, "crane");
    await words("crane", ["pull", "--format=oci", `${reach.host}/${from}`, local], env);
    await words("crane", ["push", "--index", local, `${reach.host}/${to}`], env);
  },
  list: async (reach, repo) => lines(await words("crane", ["ls", `${reach.host}/${repo}`], await goEnvironment(reach))),
};

function orasAccess(reach: Reach): string[] {
  const { certificates, user, password } = reach;
  return [
    certificates === undefined ? "--plain-http" : `--ca-file=${join(certificates, "ca.crt")}`,
    ...(user === undefined ? [] : ["-u", user, "-p", password ?? ""]),
  ];
}

const oras: Client = {
  name: "oras",
  programs: ["oras"],
  copy: async (reach, from, to) => {
    const env = { HOME: reach.home };
    const local = `${join(reach.home, "oras")}:v1`;
    const [source = [], target = []] = ["from", "to"].map((side) =>
      orasAccess(reach).map((word) => word.replace(/^--/, `--${side}-`).replace(/^-([up])$/, longOption(side))),
    );
    await words("oras", ["cp", ...source, `${reach.host}/${from}`, "--to-oci-layout", local], env);
    await words("oras", ["cp", "--from-oci-layout", local, ...target, `${reach.host}/${to}`], env);
  },
  list: async (reach, repo) => {
    const env = { HOME: reach.home };
    return lines(await words("oras", ["repo", "tags", ...orasAccess(reach), `${reach.host}/${repo}`], env));
  },
};

function longOption(side: string): (word: string, letter: string) => string {
  return (_word, letter) => `--${side}-${letter === "u" ? "username" : "password"}`;
}

/** Those that are programs alone. */
export const CLIENTS: readonly Client[] = [skopeo, podmanLike("podman"), podmanLike("buildah"), crane, oras];

/** The client of containerd, which listens at `socket`. */
export function containerdClient(socket: string): Client {
  const ctr = (...args: readonly string[]): Promise<string> => words("ctr", ["--address", socket, ...args]);
  return {
    name: "containerd",
    programs: ["ctr"],
    copy: async (reach, from, to) => {
      const [source, target] = [`${reach.host}/${from}`, `${reach.host}/${to}`];
      const access = await containerdAccess(reach);
      // The sample is of one platform, which need not be that of the machine.
      await ctr("images", "pull", "--platform", "linux/amd64", ...access, source);
      await ctr("images", "push", "--platform", "linux/amd64", ...access, target, source);
      await ctr("images", "rm", source);
    },
  };
}

/** On the loopback interface it speaks TLS only where a file of hosts says so. */
async function containerdAccess({ host, home, certificates, user, password }: Reach): Promise<string[]> {
  const login = user === undefined ? [] : ["--user", `${user}:${password}`];
  if (certificates === undefined) return ["--plain-http", ...login];
  const folder = join(home, "hosts", host);
  await mkdir(folder, { recursive: true });
  const [server, ca] = [`https://${host}`, join(certificates, "ca.crt")].map((text) => JSON.stringify(text));
  await writeFile(join(folder, "hosts.toml"), `server = ${server}\n[host.${server}]\nca = ${ca}\n`);
  return ["--hosts-dir", join(home, "hosts"), ...login];
}

/** The client of a docker daemon, which listens at `socket`. It trusts any certificate of the loopback interface. */
export function dockerClient(socket: string): Client {
  return {
    name: "docker",
    programs: ["docker"],
    copy: async (reach, from, to) => {
      const env = await goEnvironment(reach);
      const docker = (...args: readonly string[]): Promise<string> =>
        words("docker", ["--host", `unix://${socket}`, ...args], env);
      const [source, target] = [`${reach.host}/${from}`, `${reach.host}/${to}`];
      await docker("pull", "-q", "--platform", "linux/amd64", source);
      await docker("tag", source, target);
      await docker("push", "-q", target);
      await docker("rmi", source, target);
    },
  };
}
