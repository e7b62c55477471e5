/**
 * Documents that break no clause, for tests to spoil.
 * @module
 */
import { type Json, parseJson } from "@teu/std/json";
import { EMPTY_DESCRIPTOR } from "../descriptor.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_LAYER_GZIP, OCI_MANIFEST } from "../media-types.ts";

/** A digest whose hash is one hex digit over and over. */
export function digestOf(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

/** The document as the checkers take it. */
export function json(value: unknown): Json {
  return parseJson(JSON.stringify(value));
}

/** The document as the parsers take it. */
export function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export const LAYER = { mediaType: OCI_LAYER_GZIP, digest: digestOf("1"), size: 100 } as const;

export const PLAIN_LAYER = { mediaType: OCI_LAYER, digest: digestOf("2"), size: 200 } as const;

export const CONFIG_DESCRIPTOR = { mediaType: OCI_CONFIG, digest: digestOf("c"), size: 300 } as const;

export const MANIFEST = {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: CONFIG_DESCRIPTOR,
  layers: [LAYER, PLAIN_LAYER],
  annotations: { "com.example.team": "ships" },
} as const;

export const ARTIFACT = {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  artifactType: "application/vnd.example.report",
  config: EMPTY_DESCRIPTOR,
  layers: [{ mediaType: "text/markdown", digest: digestOf("3"), size: 12 }],
  subject: { mediaType: OCI_MANIFEST, digest: digestOf("4"), size: 400 },
} as const;

export const ENTRY = {
  mediaType: OCI_MANIFEST,
  digest: digestOf("5"),
  size: 500,
  platform: { architecture: "arm64", os: "linux", variant: "v8" },
} as const;

export const INDEX = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [ENTRY, { mediaType: OCI_INDEX, digest: digestOf("6"), size: 600 }],
} as const;

export const CONFIG = {
  created: "2026-11-22T10:00:00.5Z",
  author: "A. Docker <a@example.com>",
  architecture: "amd64",
  os: "linux",
  config: {
    User: "app:1000",
    ExposedPorts: { "8080/tcp": {}, "53": {} },
    Env: ["PATH=/bin", "EMPTY="],
    Entrypoint: ["/bin/app"],
    Cmd: ["serve"],
    Volumes: { "/data": {} },
    WorkingDir: "/srv",
    Labels: { "com.example.team": "ships" },
    StopSignal: "SIGRTMIN+3",
  },
  rootfs: { type: "layers", diff_ids: [digestOf("a"), PLAIN_LAYER.digest] },
  history: [
    { created: "2026-11-22T09:00:00Z", created_by: "COPY . /" },
    { created_by: "ENV A=b", empty_layer: true },
    { author: "me", comment: "second", created_by: "RUN make" },
  ],
} as const;
