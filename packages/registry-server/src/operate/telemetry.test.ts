import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Telemetry } from "./telemetry.ts";

const CONFIG = { endpoint: "http://collector.test:4318", service: "registry", ratio: 1 };

function report(traceparent?: string, status = 200) {
  const header = (name: string): string | undefined => (name === "traceparent" ? traceparent : undefined);
  const request = {
    method: "GET",
    path: "/v2/a/manifests/v1",
    query: new URLSearchParams(),
    body: [] as never,
    header,
  };
  return { request, status, bytes: 5, ms: 2.5, aborted: false };
}

interface Sent {
  resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
}

suite("telemetry", () => {
  test("sends spans that go on with the trace of the client, and none that it does not want", async () => {
    const sent: [string, Sent][] = [];
    const fetcher = (async (url: URL, { body }: { body: string }) => {
      sent.push([url.href, JSON.parse(body) as Sent]);
      return new Response("{}");
    }) as unknown as typeof fetch;
    const errors: unknown[] = [];
    {
      await using telemetry = new Telemetry(CONFIG, (error) => void errors.push(error), fetcher);
      telemetry.record(report(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`, 503), 1000);
      telemetry.record(report(`00-${"a".repeat(32)}-${"b".repeat(16)}-00`));
      telemetry.record(report("nonsense"));
    }
    assert.deepEqual([sent.length, errors.length, sent[0]?.[0]], [1, 0, "http://collector.test:4318/v1/traces"]);
    const spans = sent[0]?.[1].resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    assert.equal(spans.length, 2);
    const [first, second] = spans;
    assert.deepEqual(
      [first?.["traceId"], first?.["parentSpanId"], first?.["name"]],
      ["a".repeat(32), "b".repeat(16), "GET manifests"],
    );
    assert.deepEqual([first?.["startTimeUnixNano"], first?.["endTimeUnixNano"]], ["997500000", "1000000000"]);
    assert.deepEqual(
      [first?.["status"], second?.["status"], second?.["parentSpanId"]],
      [{ code: 2 }, undefined, undefined],
    );
  });
});
