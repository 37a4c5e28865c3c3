import { Violation } from './checks/violation.ts'
import { runSeed } from './run-seed.ts'
import type { SeedResult } from './run-seed.ts'
import type { WorldOptions } from './world.ts'

/** A world that breaks the same rule with less in it. */
export interface Shrunk {
  readonly options: WorldOptions
  readonly result: SeedResult
  /** How many worlds were tried. */
  readonly runs: number
}

/** Makes the world of a broken rule smaller for as long as `mayGoOn` says, by leaving out faults, groups and time. */
export function shrink(options: WorldOptions, first: SeedResult, mayGoOn: () => boolean): Shrunk {
  const search = new Search(options, first, mayGoOn)
  search.cutTail()
  search.dropFaults()
  search.dropGroups()
  search.dropFaults()
  search.cutTail()
  return { options: search.options, result: search.result, runs: search.runs }
}

/** What two runs must have in common to be the same failure: numbers and names differ from run to run. */
function ruleOf(violation: Error | null): string | null {
  return violation instanceof Violation ? violation.rule : (violation?.message.replaceAll(/\d+/g, '') ?? null)
}

class Search {
  options: WorldOptions
  result: SeedResult
  runs = 0
  readonly #rule: string | null
  readonly #mayGoOn: () => boolean

  constructor(options: WorldOptions, result: SeedResult, mayGoOn: () => boolean) {
    this.options = options
    this.result = result
    this.#rule = ruleOf(result.violation)
    this.#mayGoOn = mayGoOn
  }

  /** Nothing after the broken rule matters; where the rule is about the time after all faults, they may end sooner. */
  cutTail(): void {
    const { simulatedMs } = this.result
    for (let share = 0.125; share <= 1; share += 0.125) if (this.#try({ untilMs: Math.ceil(simulatedMs * share) })) return
  }

  /** Halves, quarters, and so on down to single faults, again and again while that helps. */
  dropFaults(): void {
    for (let size = Math.ceil(this.result.faults.length / 2); size >= 1;) {
      const before = this.result.faults.length
      this.#dropChunks(size)
      const helped = this.result.faults.length < before
      if (size === 1 && !helped) return
      size = Math.max(1, Math.min(Math.ceil(size / 2), Math.ceil(this.result.faults.length / 2)))
      if (this.result.faults.length === 0 || !this.#mayGoOn()) return
    }
  }

  dropGroups(): void {
    for (let groups = 1; groups < 4; groups++) if (this.#try({ groups })) return
  }

  #dropChunks(size: number): void {
    for (let start = 0; start < this.result.faults.length;) {
      const { faults } = this.result
      const keep = [...faults.slice(0, start), ...faults.slice(start + size)]
      if (!this.#try({ keep })) start += size
    }
  }

  #try(change: Partial<WorldOptions>): boolean {
    if (!this.#mayGoOn()) return false
    this.runs += 1
    const options = { ...this.options, ...change }
    const result = runSeed(options)
    if (ruleOf(result.violation) !== this.#rule) return false
    this.options = { ...options, keep: result.faults }
    this.result = result
    return true
  }
}
