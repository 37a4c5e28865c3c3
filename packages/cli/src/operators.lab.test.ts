import { describe, expect, it } from 'vitest'
import { clusterAnswer, statusAnswer } from './testing/answers.ts'
import { movip, scratch } from './testing/bin.ts'

const answers = {
  '/v1/status': [200, statusAnswer()],
  '/v1/cluster': [200, clusterAnswer()],
  '/v1/events': [200, { schemaVersion: 1, events: [] }],
} as const
const withoutQuorum = { ...answers, '/v1/status': [200, statusAnswer({ quorum: false })] } as const

describe('movip explain', () => {
  it('answers in words and as JSON', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const human = await movip(['explain', 'web', '--socket', socket])
    expect(human.out).toContain('web is held by a (active, epoch 7)')
    expect(human.code).toBe(0)
    const json = await movip(['explain', 'web', '--socket', socket, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      view: { node: 'b', coordinator: 'a' },
      group: 'web',
      holder: 'a',
      nodes: [
        { node: 'a', holds: true },
        { node: 'b', blocked: 'link down on eth0' },
      ],
      ifLost: [{ lost: 'a', to: null, outcome: 'unserved' }, { lost: 'b' }, { lost: 'w' }],
    })
  })

  it('ends with 2 for a group that there is not, and names those that there are', async () => {
    await using place = await scratch()
    const { code, err } = await movip(['explain', 'mail', '--socket', await place.daemon(answers)])
    expect(err).toBe('movip: the cluster has no group mail\n  next: write one of web\n')
    expect(code).toBe(2)
  })

  it('ends with 4 without a quorum, explaining all the same, and with 3 without a daemon', async () => {
    await using place = await scratch()
    const { code, out } = await movip(['explain', 'web', '--socket', await place.daemon(withoutQuorum)])
    expect(out).toContain('web is held by a')
    expect(code).toBe(4)
    expect((await movip(['explain', 'web', '--socket', '/nonexistent/s'])).code).toBe(3)
  })
})

describe('movip simulate', () => {
  it('answers in words and as JSON', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const human = await movip(['simulate', '--fail', 'w', '--socket', socket])
    expect(human.out).toContain('0 of 1 groups would move, 0 would be served by nobody, 1 would stay')
    expect(human.code).toBe(0)
    const json = await movip(['simulate', '--fail', 'a', '--fail', 'b:w', '--socket', socket, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      view: { node: 'b' },
      outage: { nodes: ['a'], links: [['b', 'w']] },
      quorum: false,
      groups: [{ group: 'web', from: 'a', to: null, outcome: 'unserved' }],
    })
  })

  it('ends with 2 when nothing is named, or nothing that there is', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    expect(await movip(['simulate', '--socket', socket])).toMatchObject({ code: 2, out: '' })
    const { code, err } = await movip(['simulate', '--fail', 'lyon', '--socket', socket])
    expect(err).toContain('write one of a, b, w, or a site: paris, office')
    expect(code).toBe(2)
  })
})
