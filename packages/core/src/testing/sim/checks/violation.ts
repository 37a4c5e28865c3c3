/** A broken promise of the system, found in a simulated world. */
export class Violation extends Error {
  readonly rule: string
  readonly story: string
  constructor(rule: string, story: string) {
    super(`${rule}: ${story}`)
    this.name = 'Violation'
    this.rule = rule
    this.story = story
  }
}

/** Throws; used by every checker. */
export function violate(rule: string, story: string): never {
  throw new Violation(rule, story)
}
