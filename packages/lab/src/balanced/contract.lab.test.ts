import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inHost } from '../network/host.ts'
import type { Network } from '../network/network.ts'
import { createNetwork } from '../network/network.ts'

const program = fileURLToPath(new URL('../../../backend-lb/dist/testing/contract.js', import.meta.url))
const probe = { every: '20ms', rise: 2, fall: 2 }

let network: Network
beforeAll(async () => {
  network = await createNetwork({ nodes: ['n1'] })
})
afterAll(() => network?.close())

it.each([
  ['by a path', 'koffi', { path: '/web' }],
  ['by TCP, with ports of the service behind the lease', 'koffi', { form: 'tcp', port: 9652, ports: [80], probe }],
  ['with an address behind the lease', 'koffi', { path: '/web', address: '10.66.0.50/24', interface: 'lan', probe }],
  ['with an address of IPv6', 'koffi', { port: 9651, address: 'fd66::50/64', interface: 'lan' }],
  ['by TCP, without native code', 'cli', { form: 'tcp', port: 9652, ports: [80], probe }],
])('lb-health %s keeps the contract of a backend (%s)', (_, driver, options) => {
  const { file, args } = inHost(network.host('n1').namespace, process.execPath, ['--test', program])
  const env = { ...process.env, MOVIP_ARP_DRIVER: driver, MOVIP_OPTIONS: JSON.stringify(options) }
  const { status, stdout } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect(status, stdout).toBe(0)
})
