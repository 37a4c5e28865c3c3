import { adoptionMutants } from './adoption-mutants.ts'
import { answerMutants } from './answer-mutants.ts'
import { electionMutants } from './election-mutants.ts'
import { fenceMutants } from './fence-mutants.ts'
import { leaseMutants } from './lease-mutants.ts'
import type { Mutant } from './mutant.ts'
import { promiseMutants } from './promise-mutants.ts'
import { raftMutants } from './raft-mutants.ts'
import { runnerMutants } from './runner-mutants.ts'

/** Every planted bug. Each must be convicted by the simulator; one that survives is a hole in the checkers or in the worlds. */
export const allMutants: readonly Mutant[] = [
  ...leaseMutants,
  ...promiseMutants,
  ...electionMutants,
  ...raftMutants,
  ...runnerMutants,
  ...answerMutants,
  ...fenceMutants,
  ...adoptionMutants,
]
