import { expect, it } from 'vitest'
import type { NatsPlane } from '@movip/core/config'
import { clusterAnswer } from '../testing/answers.ts'
import { natsServersOf } from './surroundings.ts'

const embedded = (name: string): NatsPlane => ({ name, type: 'embedded', host: '10.0.0.1', port: 6222, secretFile: '' })
const external = (servers: readonly string[]): NatsPlane => ({ name: 'main', type: 'external', servers, auth: { type: 'none' } })
const [member] = clusterAnswer().cluster.nodes
if (member === undefined) throw new Error('the samples have lost what is looked at')
const nodes = ['a', 'b'].map((id) => ({ ...member, id }))
const twoPlanes = nodes.map((node) => ({ ...node, addresses: { main: '10.0.0.1', back: '10.1.0.1' } }))

it.each([
  ['each node has one beside it', [embedded('main')], nodes, ['nats-server of a: a', 'nats-server of b: b']],
  [
    'each node has one in each of two planes',
    [embedded('main'), embedded('back')],
    twoPlanes,
    [
      'nats-server of a, plane main: ',
      'nats-server of a, plane back: ',
      'nats-server of b, plane main: ',
      'nats-server of b, plane back: ',
    ],
  ],
  ['all go to the same one', [external(['tls://one:4222'])], nodes, ['tls://one:4222: a,b']],
  ['all go to a cluster of two', [external(['tls://one:4222', 'tls://two:4222'])], nodes, ['tls://one:4222: ', 'tls://two:4222: ']],
])('whom the loss of a nats-server takes along is known where %s', (_, nats, members, expected) => {
  expect(natsServersOf({ nats }, { nodes: members }).map(({ name, alone }) => `${name}: ${alone.join(',')}`)).toEqual(expected)
})
