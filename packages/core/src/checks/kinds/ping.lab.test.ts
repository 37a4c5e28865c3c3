import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProbeResult } from '../kind.ts'

// The real `ping`, in a namespace that has a gateway in another one. A namespace is entered by a process as a whole, so the probe has its own.
const prefix = `mvping${process.pid}`
const [node, gateway] = [`${prefix}n`, `${prefix}g`]
const built = new URL('../../../dist/checks/kinds/ping.js', import.meta.url)

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

beforeAll(() => {
  for (const name of [node, gateway]) ip('netns', 'add', name)
  ip('-n', node, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', gateway)
  for (const [name, last] of [
    [node, 2],
    [gateway, 1],
  ] as const) {
    ip('-n', name, 'address', 'add', `10.78.0.${last}/24`, 'dev', 'v0')
    ip('-n', name, '-6', 'address', 'add', `fd78::${last}/64`, 'dev', 'v0', 'nodad')
    ip('-n', name, 'link', 'set', 'v0', 'up')
  }
})
afterAll(() => {
  for (const name of [node, gateway]) ip('netns', 'delete', name)
})

async function ping(options: object): Promise<ProbeResult> {
  const context = { node: 'n1', group: 'web', interfaces: {}, addresses: [] }
  const script = `
    const { pingCheck } = await import(${JSON.stringify(built.href)})
    const probe = pingCheck.open(${JSON.stringify(options)}, ${JSON.stringify(context)})
    console.log(JSON.stringify(await probe(AbortSignal.timeout(5000))))`
  const command = ['netns', 'exec', node, process.execPath, '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)('ip', command)
  return JSON.parse(stdout) as ProbeResult
}

it('a ping check passes while its gateway answers, over IPv4 and IPv6', async () => {
  expect(await ping({ hosts: ['10.78.0.1'] })).toEqual({ ok: true, reason: null })
  expect(await ping({ hosts: ['10.78.0.1', 'fd78::1'], need: 2 })).toEqual({ ok: true, reason: null })
})

it('a ping check is content with as many gateways as it needs, and names those that are silent', async () => {
  expect(await ping({ hosts: ['10.78.0.9', '10.78.0.1'] })).toEqual({ ok: true, reason: null })
  expect(await ping({ hosts: ['10.78.0.9', '10.78.0.1'], need: 2 })).toEqual({ ok: false, reason: 'no echo from 10.78.0.9' })
})

it('a ping check fails when the link to its gateway goes down, and passes when it is back', async () => {
  ip('-n', gateway, 'link', 'set', 'v0', 'down')
  expect(await ping({ hosts: ['10.78.0.1'] })).toEqual({ ok: false, reason: 'no echo from 10.78.0.1' })
  ip('-n', gateway, 'link', 'set', 'v0', 'up')
  await expect.poll(() => ping({ hosts: ['10.78.0.1'] }), { timeout: 60_000 }).toEqual({ ok: true, reason: null })
})
