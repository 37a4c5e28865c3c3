import type { Mutant } from './mutant.ts'

const adoption = 'runner/adoption.ts'
const machine = 'testing/sim/machine.ts'

/** Mistakes in what one life of a daemon hands over to the next (docs/decisions/0029). */
export const adoptionMutants: readonly Mutant[] = [
  {
    name: 'hand-over-used-twice',
    what: 'what was handed over is kept, and a later life goes on with it as well; it is kept over a crash, too',
    edits: [
      { file: machine, text: `    this.#handed = null\n    const engine = parts.engine({`, instead: `    const engine = parts.engine({` },
      {
        file: machine,
        text: `    this.#handed = null\n    if (this.process === null) return`,
        instead: `    if (this.process === null) return`,
      },
    ],
  },
  {
    name: 'handed-lease-without-end',
    what: 'a lease that was handed over is told to the kernel without its end',
    edits: [
      {
        file: adoption,
        text: `  group.right = { epoch, since, until, started: true, reached: true, verified: true, followed: true }`,
        instead: `  group.right = { epoch, since, until: Infinity, started: true, reached: true, verified: true, followed: true }`,
      },
    ],
  },
  {
    name: 'handed-lease-never-ends',
    what: 'the engine counts a lease that was handed over until its own beats are echoed, however long that takes',
    edits: [
      {
        file: 'engine/holdings.ts',
        text: `phase: 'wanted', state: 'active', until, since: now, releasedAt: Infinity })`,
        instead: `phase: 'wanted', state: 'active', until: Infinity, since: now, releasedAt: Infinity })`,
      },
    ],
  },
  {
    name: 'handed-over-counts-as-released',
    what: 'an epoch that was handed over is an old one, of which this node says that it has let go',
    edits: [
      {
        file: 'engine/holdings.ts',
        text: `epoch <= this.bootIndex && !this.fates.has(epoch)) words.push`,
        instead: `epoch <= this.bootIndex) words.push`,
      },
    ],
  },
  {
    name: 'handed-over-counts-as-down',
    what: 'what was handed over counts as down until its endpoints are known',
    edits: [
      {
        file: 'runner/group.ts',
        text: `  return (group.known || group.adopted === null) && [...endpoints].every(isDown)`,
        instead: `  return [...endpoints].every(isDown)`,
      },
    ],
  },
  {
    name: 'handed-over-endpoint-forgotten',
    what: 'an endpoint that was handed over counts as down until it is claimed anew',
    edits: [{ file: adoption, text: `  endpoint.mayBeUp = true\n`, instead: `  endpoint.mayBeUp = false\n` }],
  },
]
