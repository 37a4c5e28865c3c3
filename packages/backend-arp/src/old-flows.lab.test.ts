import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { TestNetwork } from './testing/network.ts'

const network = new TestNetwork('arpflow', ['a', 'c'])
beforeAll(() => network.up(), 30_000)
afterAll(() => network.down(), 30_000)

const program = fileURLToPath(new URL('./testing/flow-holder.ts', import.meta.url))
const client = fileURLToPath(new URL('./testing/flow-client.ts', import.meta.url))

interface Talker {
  tell(line: string): void
  heard(pattern: RegExp): Promise<string>
}

/** A program in a namespace that is told things and says things. */
function talker(host: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Talker {
  const child: ChildProcess = spawn('ip', ['netns', 'exec', network.namespace(host), process.execPath, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const lines: string[] = []
  const looks = new Set<() => void>()
  if (child.stdout === null) throw new Error('invariant: its words are piped')
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of looks) look()
  })
  return {
    tell: (line) => void child.stdin?.write(`${line}\n`),
    heard: (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`it never said ${pattern}, but: ${lines.join(' | ')}`)), 10_000)
        const look = (): void => {
          const at = lines.findIndex((line) => pattern.test(line))
          if (at === -1) return
          clearTimeout(timer)
          looks.delete(look)
          resolve(lines.splice(0, at + 1).at(-1) ?? '')
        }
        looks.add(look)
        look()
      }),
  }
}

describe.each([
  ['10.77.0.90/24', '10.77.0.11', 'koffi'],
  ['fd77::90/64', 'fd77::11', 'koffi'],
  ['10.77.0.91/24', '10.77.0.11', 'cli'],
  ['fd77::91/64', 'fd77::11', 'cli'],
])('connections to %s when it goes (own %s, %s)', (vip, own, driver) => {
  const [address = ''] = vip.split('/')
  const env = { MOVIP_ARP_DRIVER: driver }

  it('are reset at once; those to another address of the machine live on, and so does whoever listens', async () => {
    const holder = talker('a', [program, vip], env)
    await holder.heard(/^claimed/)
    const toVip = talker('c', [client, address])
    const toOwn = talker('c', [client, own])
    await Promise.all([toVip.heard(/^connected/), toOwn.heard(/^connected/)])
    holder.tell('release')
    expect(await toVip.heard(/^lost/)).toBe('lost ECONNRESET')
    await holder.heard(/^released/)
    toOwn.tell('speak')
    expect(await toOwn.heard(/^heard|^lost/)).toBe('heard')
    holder.tell('claim')
    await holder.heard(/^claimed/)
    expect(await talker('c', [client, address]).heard(/^connected/)).toBe('connected')
  })

  it('are left to themselves where the endpoint says so, and reset by whoever has the address next and knows nothing of them', async () => {
    const holder = talker('a', [program, vip, 'keep'], env)
    await holder.heard(/^claimed/)
    const toVip = talker('c', [client, address])
    await toVip.heard(/^connected/)
    holder.tell('release')
    await holder.heard(/^released/)
    holder.tell('forget')
    await holder.heard(/^forgotten/)
    holder.tell('claim')
    await holder.heard(/^claimed/)
    toVip.tell('speak')
    expect(await toVip.heard(/^lost/)).toBe('lost ECONNRESET')
  })
})
