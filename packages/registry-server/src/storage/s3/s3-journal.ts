/**
 * The journal in a bucket: an object for each group of changes, named by its place.
 * @module
 */
import type { S3Client } from "./client.ts";
import { listObjects } from "./listing.ts";

const FOLDER = "journal/";
/** Longest object of a new journal, in characters. */
const GROUP_LENGTH = 8 * 1024 * 1024;

/** The journal of one bucket. */
export class S3Journal {
  readonly #client: S3Client;
  #last = 0;

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** Adds lines. Without a place of their own they follow those that this process added last. */
  async append(lines: readonly string[], place?: number): Promise<void> {
    // A place later than what a clock gives is taken by none of the lines that the database counted.
    this.#last = Math.max(this.#last + 1, Date.now() * 1000);
    const name = `${String(place ?? this.#last).padStart(16, "0")}-${crypto.randomUUID()}`;
    await this.#put(name, lines);
  }

  async #put(name: string, lines: readonly string[]): Promise<void> {
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    await this.#client.sendForStatus({ method: "PUT", key: FOLDER + name, body });
  }

  async *read(): AsyncGenerator<string, void, undefined> {
    for await (const { key } of listObjects(this.#client, FOLDER)) {
      const text = (await this.#client.read(key)).toString();
      yield* text.split("\n").filter((line) => line !== "");
    }
  }

  /** New objects stand before all that are to come; the old ones go when the new ones are there. */
  async replace(lines: Iterable<string>): Promise<void> {
    const old = await Array.fromAsync(listObjects(this.#client, FOLDER));
    let [group, length, count]: [string[], number, number] = [[], 0, 0];
    const flush = async (): Promise<void> => {
      if (group.length > 0)
        await this.#put(`0-${String((count += 1)).padStart(12, "0")}-${crypto.randomUUID()}`, group);
      [group, length] = [[], 0];
    };
    for (const line of lines) {
      group.push(line);
      length += line.length;
      if (length > GROUP_LENGTH) await flush();
    }
    await flush();
    for (const { key } of old) await this.#client.sendForStatus({ method: "DELETE", key, expect: [404] });
  }
}
