import assert from "node:assert/strict";
import { test } from "node:test";
import { caseSection, figures, median } from "./summary.ts";

test("median() is the middle value, or the mean of the two middle ones", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test("figures() keeps the lowest times and the highest peak", () => {
  const costs = [
    { wallMs: 2, cpuMs: 5, peakMiB: 7, printed: "" },
    { wallMs: 4, cpuMs: 1, peakMiB: 3, printed: "" },
  ];
  assert.deepEqual(figures(costs), { minMs: 2, medianMs: 3, minCpuMs: 1, medianCpuMs: 3, peakMiB: 7 });
});

test("caseSection() gives ratios and rates, and says when a bar is missed", () => {
  const ours = { name: "ours", version: "1", command: ["a"] } as const;
  const peer = { name: "peer", version: "2", command: ["b"] } as const;
  const cost = { wallMs: 100, cpuMs: 100, peakMiB: 10, printed: "" };
  const text = caseSection(
    {
      name: "listing",
      contenders: [ours, peer],
      bars: [
        { peer: "peer", metric: "wall", atMost: 0.4 },
        { peer: "peer", metric: "memory", atMost: 1 },
      ],
      work: [{ amount: 50, unit: "entries" }],
    },
    [
      { contender: ours, costs: [cost] },
      { contender: peer, costs: [{ ...cost, wallMs: 200 }] },
    ],
  );
  assert.match(text, /\| peer \| 200 \| 200 \| 100 \| 100 \| 10\.0 \| 250 \| 0\.50 \| 1\.00 \|/);
  assert.match(text, /wall at most 0\.4× peer: 0\.50×, \*\*missed\*\*/);
  assert.match(text, /memory at most 1× peer: 1\.00×, reached/);
});
