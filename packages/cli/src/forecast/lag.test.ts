import { expect, it } from 'vitest'
import { clusterAnswer, movesAnswer, statusAnswer } from '../testing/answers.ts'
import { lagsOf } from './lag.ts'

const follows = { clientsLagMs: 30_000, why: 'TTL 30 s' }
const answer = statusAnswer()
const [first] = answer.runner
const [endpoint] = first?.endpoints ?? []
const [known] = movesAnswer().moves
if (first === undefined || endpoint === undefined || known === undefined) throw new Error('the samples have lost what is looked at')
const name = { ...endpoint, describe: 'web.example.net', follows }
const spec = clusterAnswer().cluster
const elsewhere = { ...spec, nodes: spec.nodes.map((node) => ({ ...node, site: node.id })) }
const phases = { detectMs: 0, decideMs: 10, claimMs: 20, verifyMs: 5 }
const move = { ...known, from: 'b', to: 'a', at: Date.UTC(2026, 0, 1), phases: { ...phases, followMs: 965 } }
const lags = (endpoints: readonly object[], moved: typeof move | null, cluster = elsewhere) =>
  lagsOf({ runner: [{ ...first, endpoints: endpoints as typeof first.endpoints }] }, first.group, moved, { spec: cluster })
const told = { endpoint: 'web.example.net', ...follows }

it('clients lag behind a name for as long as it says, from when it pointed to the new site', () => {
  const times = { followedAt: '2026-01-01T00:00:01.000Z', until: '2026-01-01T00:00:31.000Z' }
  expect(lags([endpoint, name], move)).toEqual([{ ...told, ...times }])
})

it('a name that carries the group alone points there once that is claimed', () => {
  const times = { followedAt: '2026-01-01T00:00:00.035Z', until: '2026-01-01T00:00:30.035Z' }
  expect(lags([name], { ...move, phases } as typeof move)).toEqual([{ ...told, ...times }])
})

it.each([
  ['it has not followed so far', { ...move, phases } as typeof move, elsewhere],
  ['nobody remembers the move', null, elsewhere],
  [
    'the move was within a site, so that the name says what it said',
    move,
    { ...spec, nodes: spec.nodes.map((node) => ({ ...node, site: 'one' })) },
  ],
])('no time is told where %s', (_, moved, cluster) => {
  expect(lags([endpoint, name], moved, cluster)).toEqual([{ ...told, followedAt: null, until: null }])
})

it('nothing is told of endpoints that carry the traffic themselves', () => {
  expect(lags([endpoint], move)).toEqual([])
})
