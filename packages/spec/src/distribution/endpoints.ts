/**
 * The endpoints of distribution-spec as data: what each is for, and which statuses its answers have.
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints}
 * @module
 */
import type { Method } from "./methods.ts";
import type { RouteKind } from "./routes.ts";

/** What a registry offers together: pulling is the least. */
export type Category = "base" | "pull" | "push" | "discovery" | "management";

/** One endpoint. */
export interface Endpoint {
  /** Such as `end-4a`. */
  readonly id: string;
  /** Its number in the draft, where that differs. */
  readonly draftId?: string;
  readonly category: Category;
  readonly methods: readonly Method[];
  /** The routes that its path matches. */
  readonly routes: readonly RouteKind[];
  /** Query parameters that tell it from others of the same path: one of them is there. */
  readonly query: readonly string[];
  /** Path and query as the specification writes them. */
  readonly path: string;
  readonly success: readonly number[];
  readonly failure: readonly number[];
  /** Statuses of failure that the draft adds. */
  readonly draftFailure?: readonly number[];
  /** True for text that is merged but in no release. */
  readonly draft?: boolean;
}

const UPLOADS = "/v2/<name>/blobs/uploads/";
const UPLOAD = "/v2/<name>/blobs/uploads/<reference>";
const MANIFEST = "/v2/<name>/manifests/<reference>";

/** The endpoints, in the order of their numbers. */
export const ENDPOINTS: readonly Endpoint[] = [
  {
    id: "end-1",
    category: "base",
    methods: ["GET"],
    routes: ["base"],
    query: [],
    path: "/v2/",
    success: [200],
    failure: [404, 401],
  },
  {
    id: "end-2",
    category: "pull",
    methods: ["GET", "HEAD"],
    routes: ["blob"],
    query: [],
    path: "/v2/<name>/blobs/<digest>",
    success: [200],
    failure: [404],
  },
  {
    id: "end-3",
    category: "pull",
    methods: ["GET", "HEAD"],
    routes: ["manifest", "tag"],
    query: [],
    path: MANIFEST,
    success: [200],
    failure: [404],
  },
  {
    id: "end-4a",
    category: "push",
    methods: ["POST"],
    routes: ["uploads"],
    query: [],
    path: UPLOADS,
    success: [202],
    failure: [404],
  },
  {
    id: "end-4b",
    category: "push",
    methods: ["POST"],
    routes: ["uploads"],
    query: ["digest"],
    path: `${UPLOADS}?digest=<digest>`,
    success: [201, 202],
    failure: [404, 400],
  },
  {
    id: "end-4c",
    category: "push",
    methods: ["POST"],
    routes: ["uploads"],
    query: ["digest-algorithm"],
    path: `${UPLOADS}?digest-algorithm=<algorithm>`,
    success: [201, 202],
    failure: [404, 400],
    draft: true,
  },
  {
    id: "end-5",
    category: "push",
    methods: ["PATCH"],
    routes: ["upload"],
    query: [],
    path: UPLOAD,
    success: [202],
    failure: [404, 416],
  },
  {
    id: "end-6",
    category: "push",
    methods: ["PUT"],
    routes: ["upload"],
    query: [],
    path: `${UPLOAD}?digest=<digest>`,
    success: [201],
    failure: [404, 400],
    draftFailure: [416],
  },
  {
    id: "end-7",
    draftId: "end-7a",
    category: "push",
    methods: ["PUT"],
    routes: ["manifest", "tag"],
    query: [],
    path: MANIFEST,
    success: [201],
    failure: [404, 413],
  },
  {
    id: "end-7b",
    category: "push",
    methods: ["PUT"],
    routes: ["manifest"],
    query: ["tag"],
    path: "/v2/<name>/manifests/<digest>?tag=<tag>&tag=<tag>",
    success: [201],
    failure: [404, 413],
    draft: true,
  },
  {
    id: "end-8a",
    category: "discovery",
    methods: ["GET"],
    routes: ["tags"],
    query: [],
    path: "/v2/<name>/tags/list",
    success: [200],
    failure: [404],
  },
  {
    id: "end-8b",
    category: "discovery",
    methods: ["GET"],
    routes: ["tags"],
    query: ["n", "last"],
    path: "/v2/<name>/tags/list?n=<integer>&last=<tagname>",
    success: [200],
    failure: [404],
  },
  {
    id: "end-9",
    category: "management",
    methods: ["DELETE"],
    routes: ["manifest", "tag"],
    query: [],
    path: MANIFEST,
    success: [202],
    failure: [404, 400, 405],
  },
  {
    id: "end-10",
    category: "management",
    methods: ["DELETE"],
    routes: ["blob"],
    query: [],
    path: "/v2/<name>/blobs/<digest>",
    success: [202],
    failure: [404, 400, 405],
  },
  {
    id: "end-11",
    category: "push",
    methods: ["POST"],
    routes: ["uploads"],
    query: ["mount"],
    path: `${UPLOADS}?mount=<digest>&from=<other_name>`,
    success: [201, 202],
    failure: [404],
  },
  {
    id: "end-12a",
    category: "discovery",
    methods: ["GET"],
    routes: ["referrers"],
    query: [],
    path: "/v2/<name>/referrers/<digest>",
    success: [200],
    failure: [404, 400],
  },
  {
    id: "end-12b",
    category: "discovery",
    methods: ["GET"],
    routes: ["referrers"],
    query: ["artifactType"],
    path: "/v2/<name>/referrers/<digest>?artifactType=<artifactType>",
    success: [200],
    failure: [404, 400],
  },
  {
    id: "end-13",
    category: "push",
    methods: ["GET"],
    routes: ["upload"],
    query: [],
    path: UPLOAD,
    success: [204],
    failure: [404],
  },
  {
    id: "end-14",
    category: "push",
    methods: ["DELETE"],
    routes: ["upload"],
    query: [],
    path: UPLOAD,
    success: [204],
    failure: [404, 400],
    draft: true,
  },
];

/** The endpoint that a request meets; nothing if the specification knows none, as for HEAD of a list. */
export function findEndpoint(method: string, kind: RouteKind, query: URLSearchParams): Endpoint | undefined {
  const candidates = ENDPOINTS.filter(
    ({ methods, routes }) => (methods as readonly string[]).includes(method) && routes.includes(kind),
  );
  const special = candidates.find((endpoint) => endpoint.query.some((name) => query.has(name)));
  return special ?? candidates.find((endpoint) => endpoint.query.length === 0);
}
