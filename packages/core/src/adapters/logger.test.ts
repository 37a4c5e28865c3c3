import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const logger = JSON.stringify(join(import.meta.dirname, 'logger.ts'))

function run(script: string, env: Record<string, string> = {}) {
  const source = `import { createLogger } from ${logger}\n${script}`
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...env },
  })
}

test('each event is one line of JSON with a stable name and the fields, and no credentials', async () => {
  const child = run(`
    const log = createLogger({ level: 'info', fields: { node: 'a', cluster: 'shop' } })
    log.debug('too.small')
    log.warn('nats.lost', { server: 'x', password: 'geheim', auth: { seed: 'geheim' } })
    log.error('last.words', { text: 'two\\nlines' })`)
  const lines = (await text(child.stderr)).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      node: 'a',
      cluster: 'shop',
      event: 'nats.lost',
      server: 'x',
      password: '***',
      auth: { seed: '***' },
    },
    { level: 'error', time: expect.any(String), node: 'a', cluster: 'shop', event: 'last.words', text: 'two\nlines' },
  ])
})

test('the form for people shows node, cluster and process once, coloured unless NO_COLOR says otherwise', async () => {
  const script = `createLogger({ level: 'info', fields: { node: 'a' }, pretty: true }).info('start', { cluster: 'shop', pid: 7 })`
  expect(await text(run(script).stderr)).toContain('\u001B[')
  const plain = await text(run(script, { NO_COLOR: '1' }).stderr)
  expect(plain).toMatch(/INFO \(7\): start \{"node":"a","cluster":"shop"\}\n$/)
  expect(plain).not.toContain('\u001B[')
})

test('a pipe that nobody reads stops neither the event loop nor the end of the process', async () => {
  const source = `
    import { createLogger } from ${logger}
    const log = createLogger({ level: 'info', fields: {} })
    let worstMs = 0, last = performance.now(), rounds = 0
    setInterval(() => {
      worstMs = Math.max(worstMs, performance.now() - last)
      last = performance.now()
      for (let line = 0; line < 200; line++) log.info('noise', { text: 'x'.repeat(500) })
      if (++rounds === 40) process.exit(worstMs < 500 ? 7 : 8)
    }, 10)`
  // A pipe of the shell's, as a service manager or `2>&1 |` makes it, with a reader that does not read.
  const script = `{ "$NODE" --input-type=module-typescript --eval "$SOURCE" 2>&1 >/dev/null 3>&-; echo $? >&3; } | exec sleep 15`
  const shell = spawn('sh', ['-c', script], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', NODE: process.execPath, SOURCE: source },
    detached: true,
  })
  try {
    const [chunk] = (await once(shell.stdio[3] as Readable, 'data')) as [Buffer]
    expect(chunk.toString().trim()).toBe('7')
  } finally {
    if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL')
  }
})
