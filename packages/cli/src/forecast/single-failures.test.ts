import { describe, expect, it } from 'vitest'
import { clusterAnswer } from '../testing/answers.ts'
import { idealPicture } from './ideal.ts'
import { singleFailures } from './single-failures.ts'
import type { Surroundings } from './single-failures.ts'

const [member] = clusterAnswer().cluster.nodes
const [group] = clusterAnswer().cluster.groups
if (member === undefined || group === undefined) throw new Error('the samples have lost what is looked at')
const none: Surroundings = { nats: [], needs: [] }

/** Nodes as `name@site`, a witness with a star before it; groups by the nodes that may hold them. */
function failuresOf(nodes: readonly string[], groups: Readonly<Record<string, readonly string[]>>, surroundings = none): readonly string[] {
  const spec = {
    ...clusterAnswer().cluster,
    nodes: nodes.map((text) => {
      const [id = '', site = ''] = text.replace('*', '').split('@')
      return { ...member!, id, site, witness: text.startsWith('*') }
    }),
    groups: Object.entries(groups).map(([id, holders]) => ({ ...group!, id, nodes: holders })),
  }
  return singleFailures(idealPicture(spec), surroundings).map(({ kind, name, quorum, stops, meanwhile }) => {
    const fate = stops.length > 0 ? `${stops.join(',')} stops${quorum ? '' : ', no quorum'}` : 'all go on'
    return [`${kind} ${name}: ${fate}`, ...meanwhile].join('; ')
  })
}

describe('each single failure', () => {
  it('is lived through by two nodes and a witness at a third place', () => {
    const nodes = ['a@paris', 'b@ireland', '*w@office']
    expect(failuresOf(nodes, { web: ['a', 'b'] })).toEqual([
      'node a: all go on',
      'node b: all go on',
      'node w: all go on',
      'link paris:ireland: all go on',
      'link paris:office: all go on',
      'link ireland:office: all go on',
    ])
  })

  it('is not lived through where most voters are at one site, or a group has nodes at one site alone', () => {
    const nodes = ['a@paris', 'b@paris', 'c@ireland']
    expect(failuresOf(nodes, { web: ['a', 'c'], db: ['a', 'b'], lone: ['c'] })).toEqual([
      'node a: all go on',
      'node b: all go on',
      'node c: lone stops',
      'site paris: web,db,lone stops, no quorum',
      'link paris:ireland: lone stops',
      'link a:b: all go on',
    ])
  })

  it('of a server of messages is the loss of those that have no other one', () => {
    const nats = [
      { name: 'nats.example.net', alone: ['a', 'b', 'c'] },
      { name: 'nats-server of a', alone: ['a'] },
    ]
    const told = failuresOf(['a@x', 'b@x', 'c@x'], { web: ['a', 'b'] }, { ...none, nats })
    expect(told.slice(-2)).toEqual(['nats nats.example.net: web stops, no quorum', 'nats nats-server of a: all go on'])
  })

  it('of an API stops nothing, and tells what cannot be done until it is back', () => {
    const api = { service: 'the EC2 API of eu-west-1', group: 'web', nodes: ['b'] }
    const needs = [{ ...api, to: 'claim' } as const, { ...api, service: 'the name server 10.0.0.2', to: 'follow' } as const]
    const told = failuresOf(['a@x', 'b@x', 'c@x'], { web: ['a', 'b'] }, { ...none, needs })
    expect(told.slice(-2)).toEqual([
      'api the EC2 API of eu-west-1: all go on; web cannot move to b',
      'api the name server 10.0.0.2: all go on; a name of web does not follow a move to another site',
    ])
  })
})
