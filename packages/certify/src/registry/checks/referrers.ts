/**
 * The referrers API.
 * @module
 */
import type { Descriptor } from "@teu/spec/descriptor";
import { OCI_FILTERS_APPLIED, OCI_SUBJECT, parseFiltersApplied } from "@teu/spec/distribution/headers";
import { checkNextLink, nextPage } from "@teu/spec/distribution/link";
import { checkReferrers, parseReferrers } from "@teu/spec/distribution/referrers";
import { OCI_INDEX } from "@teu/spec/media-types";
import { JsonError } from "@teu/std/json";
import { parseJsonBytes } from "@teu/std/json-value";
import type { Answer } from "../exchange.ts";
import { type ClauseName, type Lab, Unable, sight } from "../lab.ts";
import { type Blob, EMPTY, indexOf, manifestOf, randomBlob } from "../samples.ts";
import { pushImage } from "./manifests.ts";

const TYPE = "application/vnd.teu.certify.note";
const OTHER = "application/vnd.teu.certify.other";
const ALL: readonly ClauseName[] = [
  "push.subject",
  "referrers.status",
  "referrers.supported",
  "referrers.invalid",
  "referrers.body",
  "referrers.content-type",
  "referrers.type",
  "referrers.type.config",
  "referrers.type.index",
  "referrers.annotations",
  "referrers.none",
  "referrers.link",
  "referrers.link.next",
  "referrers.filter",
  "referrers.filter.header",
  "referrers.filter.several",
  "upgrade.referrers.new",
];

/** Referrers of every kind, listed whole, filtered, and where there are none. */
export async function listReferrers(lab: Lab): Promise<void> {
  const subject = await pushImage(lab);
  const first = await lab.send("GET", lab.path("referrers", subject.descriptor.digest));
  if (first.status === 404) {
    lab.untested(`the registry has no referrers API: ${sight(first)}`, ...ALL);
    return;
  }
  lab.judgeStatus("referrers.status", first, 200);
  lab.judge("referrers.none", entriesOf(lab, first).length === 0, `before any was pushed ${sight(first)}`);
  const referrers = await pushReferrers(lab, subject);
  const all = await followPages(lab, lab.path("referrers", subject.descriptor.digest));
  for (const { blob, clause, type } of referrers) {
    const entry = all.find(({ digest }) => digest === blob.descriptor.digest);
    lab.judge(
      "upgrade.referrers.new",
      entry !== undefined,
      `${blob.descriptor.digest} is ${entry === undefined ? "not listed" : "listed"}`,
    );
    if (entry === undefined) continue;
    lab.judge(clause, entry.artifactType === type, `listed with artifactType ${entry.artifactType}, expected ${type}`);
    const note = entry.annotations?.["org.example.note"];
    lab.judge("referrers.annotations", note === "kept", `listed with org.example.note ${note}, expected kept`);
  }
  await filterReferrers(lab, subject, referrers);
  await askForNone(lab);
}

interface Referrer {
  readonly blob: Blob;
  readonly clause: ClauseName;
  readonly type: string | undefined;
}

async function pushReferrers(lab: Lab, { descriptor }: Blob): Promise<readonly Referrer[]> {
  await lab.pushBlob(EMPTY);
  const config = randomBlob(30);
  await lab.pushBlob(config);
  const common = { subject: descriptor, annotations: { "org.example.note": "kept" } };
  const layers = [EMPTY.descriptor];
  const referrers: Referrer[] = [
    {
      blob: manifestOf({ config: EMPTY.descriptor, layers, artifactType: TYPE, ...common }),
      clause: "referrers.type",
      type: TYPE,
    },
    {
      blob: manifestOf({ config: { ...config.descriptor, mediaType: OTHER }, layers, ...common }),
      clause: "referrers.type.config",
      type: OTHER,
    },
    { blob: indexOf([], { artifactType: TYPE, ...common }), clause: "referrers.type", type: TYPE },
    { blob: indexOf([], common), clause: "referrers.type.index", type: undefined },
  ];
  for (const { blob } of referrers) {
    const put = await lab.putManifest(blob);
    if (put.status !== 201) throw new Unable(`pushing a referrer: ${sight(put)}`);
    lab.judgeHeader("push.subject", put, OCI_SUBJECT, (value) => value === descriptor.digest);
  }
  return referrers;
}

async function filterReferrers(lab: Lab, subject: Blob, referrers: readonly Referrer[]): Promise<void> {
  const path = lab.path("referrers", subject.descriptor.digest);
  for (const type of [TYPE, OTHER, "application/vnd.teu.certify.absent"]) {
    const target = `${path}?artifactType=${encodeURIComponent(type)}`;
    const answer = await lab.send("GET", target);
    lab.judgeStatus("referrers.status", answer, 200);
    const header = answer.headers.get(OCI_FILTERS_APPLIED);
    const listed = await followPages(lab, target);
    const isFiltered = listed.every((entry) => entry.artifactType === type);
    const expected = referrers.filter((each) => each.type === type).length;
    if (
      !lab.judge(
        "referrers.filter",
        isFiltered && listed.length === expected,
        `${sight(answer)} with ${listed.length}, expected ${expected}`,
      )
    )
      continue;
    const applied = header === null ? [] : parseFiltersApplied(header);
    lab.judge(
      "referrers.filter.header",
      applied.includes("artifactType"),
      `${sight(answer)}, ${OCI_FILTERS_APPLIED}: ${header}`,
    );
    if (expected === 0) lab.judge("referrers.none", listed.length === 0, sight(answer));
  }
  lab.untested("the specification has one filter only", "referrers.filter.several");
}

async function askForNone(lab: Lab): Promise<void> {
  const absent = await lab.send("GET", lab.path("referrers", randomBlob(8).descriptor.digest));
  lab.judge("referrers.supported", absent.status !== 404, `of a digest that is not there: ${sight(absent)}`);
  if (absent.status === 200) lab.judge("referrers.none", entriesOf(lab, absent).length === 0, sight(absent));
  for (const digest of ["sha256:12", "nonsense"])
    lab.judgeStatus("referrers.invalid", await lab.send("GET", lab.path("referrers", digest)), 400);
}

const MAX_PAGES = 50;

async function followPages(lab: Lab, first: string): Promise<readonly Descriptor[]> {
  const entries: Descriptor[] = [];
  let target: string | URL | undefined = first;
  for (let page = 0; target !== undefined && page < MAX_PAGES; page += 1) {
    const answer = await lab.send("GET", target);
    entries.push(...entriesOf(lab, answer));
    const link = answer.headers.get("link");
    if (link !== null) {
      lab.judgeIssues(
        ["referrers.link", "referrers.link.next"],
        checkNextLink("distribution.referrers.link.next", link),
        sight(answer),
      );
    }
    target = link === null ? undefined : nextPage(link, answer.url);
  }
  return entries;
}

function entriesOf(lab: Lab, answer: Answer): readonly Descriptor[] {
  if (answer.status !== 200) throw new Unable(`listing referrers: ${sight(answer)}`);
  lab.judgeHeader(
    "referrers.content-type",
    answer,
    "Content-Type",
    (value) => value.split(";")[0]?.trim() === OCI_INDEX,
  );
  try {
    lab.judgeIssues(["referrers.body"], checkReferrers(parseJsonBytes(answer.body)), sight(answer));
    return parseReferrers(answer.body).value.manifests;
  } catch (error) {
    if (!(error instanceof JsonError)) throw new Unable(`listing referrers: ${String(error)}`);
    lab.judge("referrers.body", false, `${sight(answer)}: ${error.message}`);
    throw new Unable(`listing referrers: ${error.message}`);
  }
}
