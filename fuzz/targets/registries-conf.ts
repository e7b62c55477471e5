/** `registries.conf` and `hosts.toml`: what is read has places that can be gone to, and anything else is refused. */
import assert from "node:assert/strict";
import { parseHostsToml } from "@teu/registry-client/names/hosts-toml";
import { placesFor } from "@teu/registry-client/names/places";
import {
  NO_REGISTRIES_CONF,
  joinRegistriesConf,
  parseRegistriesConf,
} from "@teu/registry-client/names/registries-conf";
import { candidatesFor } from "@teu/registry-client/names/short-names";
import { parseReference } from "@teu/spec/reference";
import { acceptedUnless } from "../accepted.ts";
import type { FuzzTarget } from "../target.ts";

const accepted = acceptedUnless(
  "ERR_REGISTRY_CONFIG",
  "ERR_REGISTRY_BLOCKED",
  "ERR_REFERENCE_INVALID",
  "ERR_SHORT_NAME",
);

const NAMES = ["docker.io/library/debian", "example.com/old/app", "a.example.org:5000/x"].map((name) =>
  parseReference(name),
);

export const target: FuzzTarget = {
  name: "registries-conf",
  *seeds() {
    for (const text of SEEDS) yield new TextEncoder().encode(text);
  },
  run(input) {
    const conf = accepted(() => joinRegistriesConf([parseRegistriesConf(input, "f")]));
    for (const name of conf === undefined ? [] : NAMES) {
      const places = accepted(() =>
        placesFor(name, { registries: conf ?? NO_REGISTRIES_CONF, hosts: () => undefined }),
      );
      assert.ok(places === undefined || places.at(-1)?.isMirror === false);
    }
    if (conf !== undefined) accepted(() => candidatesFor("debian:12", conf));
    const hosts = accepted(() => parseHostsToml(input, "f", "docker.io")) ?? [];
    for (const { base } of hosts) assert.match(base.href, /^https?:\/\/[^@]*$/);
  },
};

const SEEDS = [
  'unqualified-search-registries = ["quay.io"]\nshort-name-mode = "enforcing"\n[aliases]\ndebian = "docker.io/library/debian"\n',
  '[[registry]]\nprefix = "docker.io"\nlocation = "x.io"\n[[registry.mirror]]\nlocation = "m.io/hub"\npull-from-mirror = "digest-only"\n',
  '[[registry]]\nprefix = "*.example.org"\nblocked = true\n[[registry]]\nlocation = "example.com/old"\ninsecure = true\n',
  'server = "https://registry-1.docker.io"\n[host."https://m.io/v2/hub"]\ncapabilities = ["pull"]\noverride_path = true\n',
  '[host."http://peer:1"]\nskip_verify = true\nca = ["a.crt"]\nclient = [["a.cert", "a.key"]]\n[host."http://peer:1".header]\nX-A = "b"\n',
];
