import { after, before, suite } from "node:test";
import { checkEngine } from "./checks.ts";
import { dockerWords } from "./docker-words.ts";
import { whySkip } from "./engine.ts";
import { PodmanHome } from "./podman-home.ts";

const skip = whySkip("podman");

suite("podman", { skip }, () => {
  const home = new PodmanHome();
  before(async () => await home.load());
  after(async () => await home.remove());

  checkEngine({
    name: "podman",
    env: home.env,
    settings: [
      "detached",
      "terminal",
      "interactive",
      "memoryBytes",
      "cpus",
      "pids",
      "readOnly",
      "seccompProfile",
      "firstUser",
      "user",
      "folder",
      "shared",
      "sysctl",
    ],
    // What the runtime says has no other code of its own.
    failures: { missing: 127, noProgram: 126, refused: 126 },
    ...dockerWords(home.words, (runtime) => [...home.words, "--runtime", runtime, "run"]),
  });
});
