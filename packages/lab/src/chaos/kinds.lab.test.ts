import { SeededRandom } from '@movip/core/testing/random'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sleep } from '../wait.ts'
import type { Arena } from './arena.ts'
import { createArena } from './arena.ts'
import type { Target } from './fault.ts'
import { kindsFor } from './kinds.ts'

let arena: Arena
beforeAll(async () => {
  arena = await createArena({ seed: 1, nodes: 3 })
  await arena.cluster.untilSteady()
})
afterAll(() => arena?.close())

const LEAST_MS = 300
const REST_MAX_MS = 2000

it('every kind of fault can be made here, and the cluster comes to rest after each', async () => {
  const { kinds, left } = kindsFor(arena)
  expect(left).toEqual([])
  for (const kind of kinds) {
    const { holder, bystander } = await arena.cluster.untilSteady(20_000)
    const [group] = arena.groups
    if (group === undefined) throw new Error('there is no group')
    const node = kind.at === undefined || kind.at === 'holder' ? holder : arena.cluster.daemon(kind.at.node)
    const target: Target = { node, other: node === bystander ? holder : bystander, group, draw: 0.3, random: new SeededRandom(1) }
    const heal = await kind.inject(arena, target)
    await sleep(Math.min(LEAST_MS, kind.lengthMs[0]))
    await heal()
    // What it took is not put back at once.
    await sleep(Math.min(REST_MAX_MS, kind.restMs ?? 0))
  }
  await arena.cluster.untilSteady(20_000)
  expect(arena.supervisor.exits).toEqual([])
})
