/** Runs a bundle's container, with a time limit, and tells what became of it: node examples/run-container.ts BUNDLE [SECONDS] */
import { openRuntime } from "@teu/runtime/client/runtime";
import { isTeuError } from "@teu/std/error";

const [bundle, seconds = "60"] = process.argv.slice(2);
if (bundle === undefined) {
  console.log("usage: run-container BUNDLE [SECONDS]");
} else {
  const runtime = openRuntime();
  const signal = AbortSignal.timeout(Number(seconds) * 1000);
  try {
    const code = await runtime.run(`example-${process.pid}`, { bundle, signal });
    console.log(`exit code ${code}`);
  } catch (error) {
    if (signal.aborted) console.log(`killed after ${seconds} seconds`);
    else if (isTeuError(error)) console.log(`${error.code}: ${error.message}`, error.detail);
    else throw error;
  }
}
