import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Edit, Mutant } from './mutant.ts'
import { withPatchedCopy } from './patched-copy.ts'
import type { Outcome, TrialOrder } from './trial.ts'

const run = promisify(execFile)
/** A mistake may also make the code go round in circles. */
const TRIAL_MS_MAX = { base: 600_000, perSeed: 200 }

export interface Verdict {
  readonly mutant: Mutant
  readonly outcome: Outcome
  readonly tookMs: number
}

interface Watching {
  readonly stop?: AbortSignal
  /** Takes what the trial says of how far it is. */
  readonly onNews?: ((text: string) => void) | undefined
}

/** Lets the simulator judge a copy of the sources with these edits made. Throws when it is stopped; nothing of it stays behind then. */
export async function tryEdits(edits: readonly Edit[], order: TrialOrder, { stop, onNews }: Watching = {}): Promise<Outcome> {
  const timeout = TRIAL_MS_MAX.base + TRIAL_MS_MAX.perSeed * order.seeds
  return withPatchedCopy(edits, async (copy) => {
    try {
      const args = [join(copy, 'testing/mutants/trial-process.ts'), JSON.stringify(order)]
      const trial = run(process.execPath, args, { timeout, maxBuffer: 16 * 2 ** 20, signal: stop })
      if (onNews !== undefined) trial.child.stderr?.on('data', onNews)
      return JSON.parse((await trial).stdout) as Outcome
    } catch (error) {
      stop?.throwIfAborted()
      return { type: 'broken', message: error instanceof Error ? error.message : String(error) }
    }
  })
}

/** Tries all of them, `jobs` at a time, and tells of each as soon as it is known. The verdicts come in the order of the mutants. */
export async function tryMutants(
  mutants: readonly Mutant[],
  order: TrialOrder,
  jobs: number,
  { tell, ...watching }: Watching & { readonly tell?: (verdict: Verdict) => void } = {},
): Promise<readonly Verdict[]> {
  const waiting = [...mutants]
  const verdicts: Verdict[] = []
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const began = performance.now()
      const outcome = await tryEdits(mutant.edits, order, watching)
      const verdict = { mutant, outcome, tookMs: performance.now() - began }
      verdicts.push(verdict)
      tell?.(verdict)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return verdicts.toSorted((a, b) => mutants.indexOf(a.mutant) - mutants.indexOf(b.mutant))
}
