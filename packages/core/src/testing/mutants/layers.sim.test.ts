import { describe, expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'
import type { Edit } from './mutant.ts'
import { tryEdits } from './try-mutants.ts'

const order = { stories: true, seeds: 60, from: 1 }
const PATIENCE_MS = 120_000
const rights = 'testing/sim/checks/rights.ts'
const nobody = 'new Map<NodeId, Right>()'

/** Takes a checker away that would break off the world before the next one can see anything. */
const withoutPromiseBeforeCommit: Edit = {
  file: rights,
  text: `    for (const [node, right] of this.#rightsOf(group)) {\n      if (node !== holder`,
  instead: `    for (const [node, right] of ${nobody}) {\n      if (node !== holder`,
}
const withoutNeverTwoLeases: Edit = {
  file: rights,
  text: `    for (const [other, right] of rights) {\n`,
  instead: `    for (const [other, right] of ${nobody}) {\n`,
}

async function ruleBrokenBy(name: string, without: readonly Edit[]): Promise<string> {
  const mutant = allMutants.find((each) => each.name === name)
  const outcome = await tryEdits([...(mutant?.edits ?? []), ...without], order)
  return outcome.type === 'convicted' ? outcome.rule : outcome.type
}

describe('mistakes of leases are convicted', { timeout: PATIENCE_MS }, () => {
  const names = ['restart-forgets-promises', 'lease-from-receipt']

  it.each(names)('first by the commit that takes the group: %s', async (name) => {
    expect(await ruleBrokenBy(name, [])).toBe('promise before commit')
  })

  it.each(names)('where nobody judges commits, by two leases at one true time: %s', async (name) => {
    expect(await ruleBrokenBy(name, [withoutPromiseBeforeCommit])).toBe('never two leases')
  })

  it.each(names)('where nobody judges leases either, by two addresses that are up: %s', async (name) => {
    expect(await ruleBrokenBy(name, [withoutPromiseBeforeCommit, withoutNeverTwoLeases])).toBe('never two')
  })
})
