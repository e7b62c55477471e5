/**
 * Judges a registry by every clause of the distribution specification that its answers can show.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Clause } from "@teu/spec/clause";
import {
  DISTRIBUTION_CLAUSES,
  DISTRIBUTION_SPEC,
  DRAFT_REPLACES,
  type DistributionClauseId,
} from "@teu/spec/distribution/clauses";
import { TeuError, isTeuError } from "@teu/std/error";
import { type Certificate, Findings } from "../verdict.ts";
import { deleteBlob, deleteManifest, deleteTag } from "./checks/delete.ts";
import { askBase, askCategories, askExtensions, askNamespace, askUnknownExtension } from "./checks/general.ts";
import {
  moveManifest,
  pullMissingManifest,
  pushDangling,
  pushKinds,
  pushLarge,
  pushTags,
  useNames,
} from "./checks/manifests.ts";
import { pullBlob, pullMissingBlob } from "./checks/pull-blob.ts";
import * as blobs from "./checks/push-blob.ts";
import { listReferrers } from "./checks/referrers.ts";
import { listNoTags, listTags } from "./checks/tags.ts";
import { isRegistryClause } from "./clauses.ts";
import { Exchange, type ExchangeOptions } from "./exchange.ts";
import { Lab, type Repositories, Unable } from "./lab.ts";

/** How to judge a registry. */
export interface CertifyOptions extends ExchangeOptions {
  /** Where to push, two repositories below it. Default: `teu-certify`, with a part of its own for each run. */
  readonly repository?: string;
  /** Judge by what is merged into the specification and in no release too. Default: true. */
  readonly draft?: boolean;
  /** Names of the checks to make, of {@link CHECK_NAMES}. Default: all. */
  readonly checks?: readonly string[];
  /** Called before each check. */
  readonly onCheck?: (check: CheckProgress) => void;
}

/** What is being done. */
export interface CheckProgress {
  readonly name: string;
  /** From 1. */
  readonly number: number;
  readonly total: number;
}

type Check = (lab: Lab) => Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  "the base": askBase,
  categories: askCategories,
  "blobs in two steps": blobs.pushWhole,
  "blobs in one step": blobs.pushAtOnce,
  "blobs in chunks": blobs.pushChunks,
  "blobs in chunks, closed by itself": blobs.pushChunksThenClose,
  "blobs as a stream": blobs.pushStream,
  "chunks out of order": blobs.pushOutOfOrder,
  "cancelled uploads": blobs.cancelUpload,
  "wrong digests": blobs.pushWrongDigest,
  "mounted blobs": blobs.mountBlob,
  "empty blobs and SHA-512": blobs.pushSpecialBlobs,
  "pulled blobs": pullBlob,
  "missing blobs": pullMissingBlob,
  manifests: moveManifest,
  "missing manifests": pullMissingManifest,
  "kinds of manifests": pushKinds,
  "manifests of what is not there": pushDangling,
  "large manifests": pushLarge,
  "names, tags and references": useNames,
  "tags with a manifest": pushTags,
  "lists of tags": listTags,
  referrers: listReferrers,
  "empty lists of tags": listNoTags,
  extensions: askExtensions,
  "unknown extensions": askUnknownExtension,
  "the namespace of a proxy": askNamespace,
  "deleted tags": deleteTag,
  "deleted manifests": deleteManifest,
  "deleted blobs": deleteBlob,
};

/** The names of all checks, in their order. */
export const CHECK_NAMES: readonly string[] = Object.keys(CHECKS);

/**
 * Judges the registry at `address`, such as `http://127.0.0.1:5000`. Content is pushed to it and partly deleted again.
 * @throws TeuError `ERR_CERTIFY_…` if it cannot be judged at all: no registry answers, or none that lets us in
 */
export async function certifyRegistry(address: string, options: CertifyOptions = {}): Promise<Certificate> {
  const exchange = new Exchange(address, options);
  const findings = new Findings<DistributionClauseId>();
  const startedAt = new Date();
  const run = randomBytes(6).toString("hex");
  const checks = Object.entries(CHECKS).filter(([name]) => options.checks?.includes(name) ?? true);
  await knock(exchange);
  for (const [index, [name, check]] of checks.entries()) {
    options.onCheck?.({ name, number: index + 1, total: checks.length });
    await attempt(check, new Lab(exchange, findings, repositoriesOf(options, `${run}-${index}`)), findings);
  }
  noteUnseen(findings);
  const verdicts = findings.verdicts(clausesFor(options.draft ?? true));
  const specification = `${DISTRIBUTION_SPEC.name} ${DISTRIBUTION_SPEC.version}`;
  return { subject: exchange.base.href, specification, startedAt, endedAt: new Date(), verdicts };
}

// Each check has repositories of its own, so that none sees what another left.
function repositoriesOf({ repository = "teu-certify" }: CertifyOptions, run: string): Repositories {
  const name = `${repository}/${run}`;
  return { main: `${name}/main`, other: `${name}/other`, missing: `${name}/missing` };
}

/** @throws TeuError if there is nothing to judge */
async function knock(exchange: Exchange): Promise<void> {
  const answer = await exchange.send("/v2/", { method: "GET" });
  if (answer.status !== 401 && answer.status !== 403) return;
  throw new TeuError(
    "ERR_CERTIFY_REFUSED",
    `Asking GET ${answer.url.href}: status ${answer.status}, expected to be let in`,
    {
      hint: "Give a user with --username, who may push, and the password on standard input",
    },
  );
}

/** Why some clauses are not seen in most runs, or in none. */
const UNSEEN: Readonly<Partial<Record<DistributionClauseId, string>>> = {
  "distribution.general.docker-codes": "no error carried one",
  "distribution.general.redirect": "nothing was redirected",
  "distribution.error.retry-after": "no answer had status 429",
  "distribution.warning.code": "no answer had warnings",
  "distribution.warning.agent": "no answer had warnings",
  "distribution.warning.date": "no answer had warnings",
  "distribution.warning.size": "no answer had warnings",
  "distribution.push.chunk.minimum": "no least size of chunks was stated",
  "distribution.push.cancel.timeout": "it takes longer than a run",
  "distribution.push.post.unsupported": "the registry takes blobs in one POST",
  "distribution.referrers.link": "everything fitted one answer",
  "distribution.referrers.link.next": "everything fitted one answer",
  "distribution.upgrade.referrers.tagged": "it takes a registry before and after it is upgraded",
  "distribution.upgrade.referrers.all": "it takes a registry before and after it is upgraded",
};

function noteUnseen(findings: Findings<DistributionClauseId>): void {
  for (const [clause, reason] of Object.entries(UNSEEN))
    findings.add(clause as DistributionClauseId, "untested", reason);
}

async function attempt(check: Check, lab: Lab, findings: Findings<DistributionClauseId>): Promise<void> {
  try {
    await check(lab);
  } catch (error) {
    if (error instanceof Unable) findings.add("distribution.general.pull", "untested", `cut short by ${error.message}`);
    else if (isTeuError(error, "ERR_HEADER_INVALID"))
      findings.add("distribution.general.http", "broken", error.message);
    else throw error;
  }
}

function clausesFor(draft: boolean): Clause[] {
  const replaced = new Set<string>(draft ? Object.values(DRAFT_REPLACES) : []);
  return Object.values(DISTRIBUTION_CLAUSES).filter(
    (clause) => isRegistryClause(clause) && (draft || clause.draft !== true) && !replaced.has(clause.id),
  );
}
