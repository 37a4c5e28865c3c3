import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { clusterAnswer, movesAnswer, statusAnswer } from './testing/answers.ts'
import { bin, movip, scratch } from './testing/bin.ts'

const ESC = '\u001B'

const answers = {
  '/v1/status': [200, statusAnswer()],
  '/v1/cluster': [200, clusterAnswer()],
  '/v1/moves': [200, movesAnswer()],
  '/v1/events': [
    200,
    { schemaVersion: 1, events: [{ at: '2026-01-01T00:00:00.100Z', node: 'b', event: { type: 'quorum', state: 'reached' } }], last: 1 },
  ],
} as const
const withoutQuorum = { ...answers, '/v1/status': [200, statusAnswer({ quorum: false })] } as const

describe('movip explain', () => {
  it('answers in words and as JSON', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const human = await movip(['explain', 'web', '--socket', socket])
    expect(human.out).toContain('web is held by a (active, epoch 7, for ')
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

describe('movip events', () => {
  it('shows the moves of the cluster and the events of this node, apart from each other', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const human = await movip(['events', '--socket', socket])
    expect(human.out).toBe(
      '2026-01-01T00:00:00.000Z  cluster  web: nobody → a (epoch 7): preferred\n2026-01-01T00:00:00.100Z  b        quorum: state reached\n',
    )
    expect(human.code).toBe(0)
    const json = await movip(['events', '--socket', socket, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      moves: [{ group: 'web', from: null, to: 'a', epoch: 7, at: '2026-01-01T00:00:00.000Z' }],
      events: [{ node: 'b', event: { type: 'quorum' } }],
    })
  })

  it('shows only what is asked for', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    expect((await movip(['events', '--group', 'web', '--socket', socket])).out).not.toContain('quorum')
    expect((await movip(['events', '--node', 'b', '--socket', socket])).out).not.toContain('web')
    expect((await movip(['events', '--since', '1h', '--socket', socket])).out).toBe('')
    expect((await movip(['events', '--limit', '1', '--socket', socket])).out).not.toContain('web')
  })

  it('ends with 2 for a group, a node or a time that there is not', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    for (const [args, fix] of [
      [['--group', 'mail'], 'write one of web'],
      [['--node', 'x'], 'write one of a, b, w'],
      [['--since', 'yesterday'], '--since 10m'],
      [['--limit', '0'], '--help'],
    ] as const) {
      const { code, err } = await movip(['events', ...args, '--socket', socket])
      expect(err).toContain(fix)
      expect(code).toBe(2)
    }
  })
})

describe('movip top', () => {
  it('prints the picture once where there is no terminal, and as JSON', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const human = await movip(['top', '--socket', socket])
    expect(human.out).toMatch(/^cluster shop as b saw it [^]*LATEST[^]*web: nobody → a[^]*quorum: state reached\n$/)
    expect(human.code).toBe(0)
    const json = await movip(['top', '--socket', socket, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ schemaVersion: 1, engine: { cluster: 'shop' }, latest: [{ kind: 'move' }, { kind: 'event' }] })
    await using other = await scratch()
    const lost = await movip(['top', '--socket', await other.daemon(withoutQuorum)])
    expect(lost.code).toBe(4)
  })

  it.each([
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ])('gives the terminal back at %s', async (_name, key) => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const { code, out } = await onTerminal(`${process.execPath} ${bin} top --socket ${socket}`, 'LATEST', key)
    expect(out).toContain(`${ESC}[?1049h`)
    expect(out.trimEnd().endsWith(`${ESC}[?25h${ESC}[?1049l`)).toBe(true)
    expect(code).toBe(0)
  })

  it('ends with 3 where no daemon answers, before it takes the terminal', async () => {
    const { code, out } = await onTerminal(`${process.execPath} ${bin} top --socket /nonexistent/s`, 'never', '')
    expect(out).toContain('no daemon on this node')
    expect(out).not.toContain(`${ESC}[?1049h`)
    expect(code).toBe(3)
  })
})

/** Runs a command on a terminal of its own, and presses a key once it has shown something. */
function onTerminal(command: string, shown: string, key: string): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const before = out.includes(shown)
      out += chunk
      if (!before && out.includes(shown)) child.stdin.write(key)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out }))
  })
}
