/**
 * Chooses packages: what is asked for, with all that it needs, and nothing that conflicts. Newest versions and first
 * alternatives are preferred; where they lead nowhere, the next ones are tried.
 * @module
 */
import { TeuError } from "@teu/std/error";
import type { BaseErrorCode } from "../errors.ts";
import type { ArchivePackage } from "../archive/packages.ts";
import { type Clause, formatClause, formatRelation } from "../deb/relation.ts";
import { type World, isMet } from "./world.ts";

/** What is asked of a solver. */
export interface SolveRequest {
  /** Each has to be met. */
  readonly wanted: readonly Clause[];
  /** Names that count as met and are never chosen: what a base does without. */
  readonly without: readonly string[];
  /** Most packages that are tried. Default: 50,000. */
  readonly maxTries?: number;
}

const DEFAULT_MAX_TRIES = 50_000;
const MAX_REASONS = 12;

/**
 * Solves a request.
 * @returns The packages in the order of their names.
 * @throws TeuError `ERR_DEB_MISSING` if no archive has what is needed; `ERR_DEB_CONFLICT`
 */
export function solve(world: World, request: SolveRequest): readonly ArchivePackage[] {
  const search = new Search(world, request);
  const chosen = search.run();
  return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Chosen = ReadonlyMap<string, ArchivePackage>;

/** A clause that has to be met, and whose it is. */
interface Need {
  readonly clause: Clause;
  readonly by: string;
}

interface Branch {
  readonly chosen: Chosen;
  readonly needs: readonly Need[];
}

class Search {
  readonly #world: World;
  readonly #without: ReadonlySet<string>;
  readonly #reasons = new Set<string>();
  readonly #wanted: readonly Clause[];
  readonly #maxTries: number;
  #isMissing = false;
  #tries = 0;

  constructor(world: World, { wanted, without, maxTries = DEFAULT_MAX_TRIES }: SolveRequest) {
    this.#world = world;
    this.#without = new Set(without);
    this.#wanted = wanted;
    this.#maxTries = maxTries;
  }

  run(): Chosen {
    const needs = this.#wanted.map((clause) => ({ clause, by: "what is asked for" }));
    // Branches that are still open, the one to go on with last.
    const open: Branch[] = [{ chosen: new Map(), needs }];
    for (let branch = open.pop(); branch !== undefined; branch = open.pop()) {
      const next = this.#step(branch);
      if (next === "solved") return branch.chosen;
      open.push(...next.toReversed());
    }
    throw this.#failure();
  }

  /** Meets one need in every way there is, the preferred one first. */
  #step({ chosen, needs }: Branch): readonly Branch[] | "solved" {
    const unmet = needs.filter(({ clause }) => !this.#isClauseMet(chosen, clause));
    let best: { readonly need: Need; readonly options: readonly ArchivePackage[] } | undefined;
    // What can be met in one way only is no choice, so it goes first.
    for (const need of unmet) {
      const options = this.#options(chosen, need);
      if (options.length === 0) return [];
      if (best === undefined || options.length === 1) best = { need, options };
      if (options.length === 1) break;
    }
    if (best === undefined) return "solved";
    return best.options.map((option) => this.#choose(chosen, unmet, option));
  }

  #choose(chosen: Chosen, needs: readonly Need[], option: ArchivePackage): Branch {
    this.#tries += 1;
    if (this.#tries > this.#maxTries) throw this.#failure();
    const more = option.depends.map((clause) => ({ clause, by: `${option.name} ${option.version}` }));
    return { chosen: new Map([...chosen, [option.name, option]]), needs: [...needs, ...more] };
  }

  #isClauseMet(chosen: Chosen, clause: Clause): boolean {
    return clause.some((relation) => {
      if (this.#without.has(relation.name)) return true;
      const { architecture } = this.#world;
      const own = chosen.get(relation.name);
      if (own !== undefined && isMet(own, relation, architecture)) return true;
      return this.#world
        .providing(relation.name)
        .some((found) => chosen.get(found.name) === found && isMet(found, relation, architecture));
    });
  }

  /** The packages that meet a need beside what is chosen. */
  #options(chosen: Chosen, { clause, by }: Need): readonly ArchivePackage[] {
    const { architecture } = this.#world;
    const known = clause.flatMap((relation) => [
      ...this.#world.named(relation.name).filter((found) => isMet(found, relation, architecture)),
      ...this.#world.providing(relation.name).filter((found) => isMet(found, relation, architecture)),
    ]);
    const distinct = [...new Set(known)].filter(({ name }) => !this.#without.has(name));
    if (distinct.length === 0) this.#explainMissing(clause, by);
    return distinct.filter((option) => {
      const obstacle = this.#obstacle(chosen, option);
      if (obstacle !== undefined) this.#note(`${by} needs ${formatClause(clause)}: ${obstacle}`);
      return obstacle === undefined;
    });
  }

  /** Why `option` cannot be beside what is chosen. */
  #obstacle(chosen: Chosen, option: ArchivePackage): string | undefined {
    const other = chosen.get(option.name);
    if (other !== undefined) return `${option.name} ${option.version} is not ${other.version}, which is chosen`;
    for (const present of chosen.values()) {
      const found = this.#conflict(option, present) ?? this.#conflict(present, option);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #conflict(a: ArchivePackage, b: ArchivePackage): string | undefined {
    const relation = a.conflicts.find((candidate) => isMet(b, candidate, this.#world.architecture));
    if (relation === undefined) return undefined;
    return `${a.name} ${a.version} conflicts with ${formatRelation(relation)}, which is ${b.name} ${b.version}`;
  }

  #explainMissing(clause: Clause, by: string): void {
    this.#isMissing = true;
    const names = clause.map(({ name }) => name);
    const there = names.flatMap((name) => this.#world.named(name)).map(({ name, version }) => `${name} ${version}`);
    const found = there.length === 0 ? "no archive has it" : `there is only ${[...new Set(there)].join(", ")}`;
    this.#note(`${by} needs ${formatClause(clause)}: ${found}`);
  }

  #note(reason: string): void {
    if (this.#reasons.size < MAX_REASONS) this.#reasons.add(reason);
  }

  #failure(): TeuError<BaseErrorCode> {
    const reasons = [...this.#reasons];
    const { architecture } = this.#world;
    const limit = this.#tries > this.#maxTries ? `no solution among the first ${this.#maxTries} tries; ` : "";
    const message = `Choosing packages for ${architecture}: ${limit}${reasons.slice(0, 3).join("; ")}`;
    const code = this.#isMissing && limit === "" ? "ERR_DEB_MISSING" : "ERR_DEB_CONFLICT";
    return new TeuError(code, message, { detail: { reasons } });
  }
}
