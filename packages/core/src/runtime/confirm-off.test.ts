import { describe, expect, it } from 'vitest'
import type { ClusterReply, ClusterRequest } from '../model/index.ts'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'
import { confirmOff } from './confirm-off.ts'

/** a holds a group that asks for a fence and is heard no more, b was given it, and c is asked. */
function withoutA() {
  const spec = specOf('abc')
  const cluster = new HandDriven({ ...spec, groups: spec.groups.map((group) => ({ ...group, fence: 'required' })) })
  cluster.start()
  expect(cluster.settle()).toBe('a')
  cluster.node('a').runs = false
  cluster.isolate('a')
  cluster.until(() => cluster.node('b').mayServe('g'))
  cluster.run(2000)
  const node = cluster.node('c')
  const request = (wanted: ClusterRequest): Promise<ClusterReply> => {
    node.tell({ type: 'request', id: 'r', request: wanted })
    cluster.until(() => node.of('reply').length > 0)
    cluster.run(300)
    return Promise.resolve(node.of('reply')[0]!.reply)
  }
  const confirm = (name: string) =>
    confirmOff({ clusterState: () => node.state(), engineStatus: () => node.status(), request }, { node: name, by: 'ann' })
  return { cluster, confirm }
}

describe('an operator’s word that a node is off', () => {
  it('clears it, on every node, and says who gave it', async () => {
    const { cluster, confirm } = withoutA()
    expect(await confirm('a')).toMatchObject({ groups: ['g'] })
    expect(cluster.node('b').state().suspects).toBeUndefined()
    expect(cluster.node('b').events('cleared')).toMatchObject([{ suspect: 'a', how: 'ann at c has seen that a is off' }])
  })

  it('is refused of a node that is heard', async () => {
    const { cluster, confirm } = withoutA()
    cluster.mend()
    cluster.run(300)
    expect(await confirm('a')).toMatchObject({ code: 'still-heard', message: expect.stringContaining('a was heard') })
  })

  it('is refused where nobody waits for it, and of a node that there is not', async () => {
    const { confirm } = withoutA()
    expect(await confirm('b')).toMatchObject({ code: 'not-suspected' })
    expect(await confirm('nobody')).toMatchObject({ code: 'unknown-node' })
  })
})
