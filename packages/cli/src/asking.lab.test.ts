import { spawn } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clusterAnswer, movesAnswer, statusAnswer } from './testing/answers.ts'
import { bin, movip, run, scratch } from './testing/bin.ts'

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
      '2026-01-01T00:00:00.000Z  cluster  web: nobody → a (epoch 7): preferred; detect 0 ms, decide 8 ms, claim 12 ms, verify 1 ms\n2026-01-01T00:00:00.100Z  b        quorum: state reached\n',
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
    const cut = await movip(['events', '--limit', '1', '--socket', socket])
    expect(cut.out).not.toContain('web')
    expect(cut.err).toBe('movip: these are the newest 1; --limit 2 shows 1 more\n')
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
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      engine: { cluster: 'shop' },
      latest: [{ kind: 'move' }, { kind: 'event' }],
    })
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

describe('movip completion', () => {
  /** What bash offers for the last of these words, the script being sourced as a person would. */
  async function offered(socket: string, ...words: string[]): Promise<string[]> {
    const config = socket.replace('movip.sock', 'node.yaml')
    await writeFile(config, 'node: b\napi: { socket: movip.sock }\n')
    const script = `movip() { ${process.execPath} ${bin} "$@"; }
      source <(movip completion bash)
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _movip; printf '%s\\n' "\${COMPREPLY[@]}"`
    const { out, err } = await run('bash', ['-c', script, 'bash', 'movip', ...words], { MOVIP_CONFIG: config })
    expect(err).toBe('')
    return out.trim().split('\n')
  }

  it('offers commands, flags, and the names that the daemon knows', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    expect(await offered(socket, 'sw')).toEqual(['switchover'])
    expect(await offered(socket, 'switchover', '')).toEqual(['web'])
    expect(await offered(socket, 'switchover', 'web', '--to', '')).toEqual(['a', 'b', 'w'])
    expect(await offered(socket, 'switchover', '--t')).toEqual(['--to'])
    expect(await offered(socket, 'simulate', '--fail', 'o')).toEqual(['office'])
    expect(await offered(socket, 'drain', '')).toEqual(['a', 'b', 'w', 'paris', 'office'])
    expect(await offered(socket, 'resume', 'o')).toEqual(['office'])
    expect(await offered(socket, 'init', '--timing', '')).toEqual(['lan', 'wan', 'fast'])
  })

  it('offers no names, and complains of nothing, where no daemon answers', async () => {
    await using place = await scratch()
    expect(await offered(join(place.folder, 'movip.sock'), 'explain', '')).toEqual([''])
  })

  it('is there for zsh and fish, and says so to whoever names no shell or another', async () => {
    expect((await movip(['completion', 'zsh'])).out).toMatch(/bashcompinit\n[^]*complete -F _movip movip/)
    const { out } = await movip(['completion', 'fish'])
    expect(out).toContain("complete -c movip -n '__fish_seen_subcommand_from explain' -a '(movip completion --names group 2>/dev/null)'\n")
    expect(out).not.toContain('<%')
    expect(await movip(['completion'])).toMatchObject({ code: 2, err: expect.stringContaining('movip completion bash') })
    expect((await movip(['completion', 'tcsh'])).code).toBe(2)
  })
})

describe('movip support', () => {
  it('writes what there is to a file of its own, and not over another', async () => {
    await using place = await scratch()
    const socket = await place.daemon(answers)
    const config = join(place.folder, 'node.yaml')
    const file = join(place.folder, 'bundle.json')
    await writeFile(config, 'node: b # top-secret-remark\nnats: { embedded: { secret: cluster.secret }, passwordFile: inline-password }\n')
    await writeFile(join(place.folder, 'cluster.secret'), '0123456789abcdef0123456789abcdef\n')
    const { code, out } = await movip(['support', '--config', config, '--socket', socket, '--output', file])
    expect(out).toBe(`wrote ${file}: versions, node, cluster, status, moves, events\n`)
    expect(code).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await readFile(file, 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      schemaVersion: 1,
      versions: { movip: '0.1.0' },
      node: { node: 'b', nats: { embedded: { secret: 'cluster.secret' }, passwordFile: '(withheld)' } },
      cluster: { name: 'shop' },
      status: { engine: { cluster: 'shop' } },
      moves: [{ group: 'web' }],
      events: [{ node: 'b' }],
    })
    expect(text).not.toMatch(/0123456789abcdef|inline-password|top-secret-remark/)
    const again = await movip(['support', '--config', config, '--socket', socket, '--output', file])
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('is there already') })
  })

  it('keeps a secret out that comes in by another way', async () => {
    await using place = await scratch()
    const leak = 'a secret with "quotes" in it'
    const event = { at: '2026-01-01T00:00:00.100Z', node: 'b', event: { type: 'refused', why: `wrong: ${leak}` } }
    const socket = await place.daemon({ ...answers, '/v1/events': [200, { schemaVersion: 1, events: [event], last: 1 }] })
    const config = join(place.folder, 'node.yaml')
    const file = join(place.folder, 'bundle.json')
    await writeFile(config, 'nats: { embedded: { secret: cluster.secret } }\n')
    await writeFile(join(place.folder, 'cluster.secret'), `${leak}\n`)
    await movip(['support', '--config', config, '--socket', socket, '--output', file])
    const text = await readFile(file, 'utf8')
    expect(text).toContain('wrong: (withheld)')
    expect(text).not.toContain('quotes')
  })

  it('says what could not be had, and why, where there is neither daemon nor configuration', async () => {
    await using place = await scratch()
    const file = join(place.folder, 'bundle.json')
    const { code, out, err } = await movip([
      'support',
      '--config',
      '/nonexistent/node.yaml',
      '--socket',
      '/nonexistent/s',
      '--output',
      file,
    ])
    expect(err).toContain('status is missing in it: no daemon on this node')
    expect(out).toBe(`wrote ${file}: versions\n`)
    expect(code).toBe(0)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ status: { error: { code: 'NO_DAEMON' } } })
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
