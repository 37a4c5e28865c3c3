import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LabError } from '../errors.ts'
import type { Network } from '../network/network.ts'
import { createNetwork } from '../network/network.ts'
import type { Probe } from './child.ts'
import { startProbe } from './child.ts'

let network: Network
beforeAll(async () => {
  network = await createNetwork({ nodes: ['n1'] })
})
afterAll(() => network?.close())

function start(module: string, argument: unknown): Promise<Probe> {
  return startProbe({ namespace: network.client.namespace, module, argument, onLine: () => {} })
}

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null).catch((error: unknown) => error)

describe('a measuring process', () => {
  it('that cannot start says why in one line, without its stack', async () => {
    const hosts = [{ name: 'n1', namespace: 'nowhere', port: 'lo' }]
    const error = await failure(start('responder-process', { hosts, vips: ['10.66.0.50'] }))
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).message.split('\n')).toEqual([
      "The lab's responder-process ended: Error: ENOENT: no such file or directory, open '/run/netns/nowhere'",
      'Without it nothing can be measured.',
    ])
  })

  it('that ends half-way is a failure for whoever relies on it', async () => {
    const probe = await start('client-process', { vip: '10.66.0.50', pitchMs: 'a pitch that is no number' })
    const error = await failure(probe.broken)
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).message).toContain("The lab's client-process ended: RangeError")
  })
})
