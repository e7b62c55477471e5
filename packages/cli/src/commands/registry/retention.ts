/**
 * `teu registry retention`: shows what the configuration does not keep, and deletes it if told to.
 * @module
 */
import { allRepositories, applyRetention, planRetention } from "@teu/registry-server/collect/retention";
import { retentionOf } from "@teu/registry-server/config/policy";
import { dataOptionsOf } from "@teu/registry-server/config/places";
import { openData } from "@teu/registry-server/data";
import type { Action } from "../../command.ts";
import { EXIT } from "../../exit-codes.ts";
import { readPlace } from "./place.ts";

/** Runs the command. */
export const retention: Action = async (invocation, host) => {
  const { config, root } = await readPlace(invocation, host);
  await using data = await openData(root, dataOptionsOf(config, host.env));
  let gone = 0;
  for await (const repo of allRepositories(data.registry)) {
    const policy = retentionOf(config, repo);
    if (policy === undefined) continue;
    const plan = await planRetention(data.registry, repo, policy);
    for (const { digest, tags } of plan.manifests) host.out(`${[`${repo}@${digest}`, ...tags].join(" ")}\n`);
    gone += invocation.flag("apply") ? await applyRetention(data.registry, plan) : plan.manifests.length;
  }
  host.out(`${gone} manifests ${invocation.flag("apply") ? "deleted" : "would be deleted; --apply does it"}\n`);
  return EXIT.ok;
};
