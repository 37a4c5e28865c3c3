import { createEngine } from '../engine/engine.ts'
import type { Engine, EngineOptions } from '../engine/types.ts'
import type { Adoption, NodeId } from '../model/index.ts'
import type { Storage } from '../ports.ts'
import { createRunner } from '../runner/runner.ts'
import type { Runner } from '../runner/types.ts'

interface Beginning extends Pick<EngineOptions, 'now' | 'drills'> {
  /** What a former life has handed over; absent: nothing. */
  readonly adopted?: Adoption | undefined
}

/** What decides and what steers, from what is on the disk. */
export function bringToLife(
  self: NodeId,
  { incarnation, stored }: Pick<Storage, 'incarnation' | 'stored'>,
  { adopted, ...beginning }: Beginning,
): { readonly engine: Engine; readonly runner: Runner } {
  const options = { self, incarnation, stored, random: Math.random, ...beginning }
  if (adopted === undefined) return { runner: createRunner({ self }), engine: createEngine(options) }
  return {
    runner: createRunner({ self, adopted: { leases: adopted.leases, at: beginning.now } }),
    engine: createEngine({ ...options, adopted }),
  }
}
