import { expect, it } from 'vitest'
import { HandDriven, specOf } from '../testing/hand-driven/cluster.ts'

it('answers a node that denies what it had acknowledged at most twice a heartbeat, and brings it up again', () => {
  const cluster = new HandDriven(specOf('abc'))
  cluster.start()
  const holder = cluster.settle()
  const coordinator = cluster.coordinator() ?? ''
  const [other = '', deaf = ''] = ['a', 'b', 'c'].filter((id) => id !== coordinator)
  cluster.cut(`${coordinator}-${deaf}`)
  cluster.switchover(holder === coordinator ? other : coordinator)
  const before = cluster.sent.length
  const incarnation = { dataId: `data-${deaf}`, generation: 1 }
  for (let i = 0; i < 100; i += 1) {
    const { term } = cluster.node(coordinator).status()
    cluster.node(coordinator).hear({ type: 'append-answer', from: deaf, incarnation, to: coordinator, term, ok: false, index: 0 })
  }
  const appends = cluster.sent.slice(before).filter(({ to, message }) => to === deaf && message.type === 'append')
  expect(appends).toHaveLength(1)

  cluster.mend()
  cluster.run(1000)
  expect(cluster.node(deaf).status().lastIndex).toBe(cluster.node(coordinator).status().lastIndex)
})
