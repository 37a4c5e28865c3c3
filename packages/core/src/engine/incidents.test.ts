import { describe, expect, it } from 'vitest'
import { INCIDENTS_AT_ONCE } from '../model/log.ts'
import type { Incident } from '../model/index.ts'
import { settledCluster, specOf } from '../testing/hand-driven/cluster.ts'
import { applyEntry, bootstrapStored } from './apply.ts'

const stolen: Incident = {
  state: 'stolen',
  group: 'g',
  node: 'b',
  epoch: 7,
  endpoint: '10.99.0.50/32',
  through: 'rtb-1',
  to: 'eni-1',
  at: '2026-11-22T16:00:00.000Z',
}
const recovered: Incident = { ...stolen, state: 'recovered', to: 'eni-2' }

describe('what holders found of their endpoints', () => {
  it('is known to every node, whichever tells of it', () => {
    const cluster = settledCluster()
    const [other = ''] = ['a', 'b', 'c'].filter((node) => node !== cluster.coordinator())
    const reply = cluster.ask(other, { type: 'tell', incidents: [stolen, recovered] })
    if (reply?.ok !== true || !('index' in reply)) throw new Error(JSON.stringify(reply))
    const { index } = reply
    cluster.run(2000)
    for (const node of cluster.nodes.values())
      expect(node.state().incidents).toEqual([
        { index, ...stolen },
        { index, ...recovered },
      ])
  })

  it('is looked back on for the latest hundred only', () => {
    let { state } = bootstrapStored(specOf('abc')).snapshot
    for (let index = 1; index <= 3; index += 1) {
      const incidents = Array.from({ length: INCIDENTS_AT_ONCE }, () => stolen)
      state = applyEntry(state, { index, term: 1, body: { type: 'incidents', incidents } })
    }
    expect(state.incidents?.map(({ index }) => index)).toEqual([2, 3].flatMap((index) => Array.from({ length: 50 }, () => index)))
  })
})
