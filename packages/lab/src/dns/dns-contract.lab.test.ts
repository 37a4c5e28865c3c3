import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBind } from './bind.ts'
import { startKnot } from './knot.ts'
import type { DnsServer } from './server-process.ts'
import { keyText } from './zone.ts'

const program = fileURLToPath(new URL('../../../backend-dns/dist/testing/contract.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'movip-dns-'))
const at = (port: number) => ({ host: '127.0.0.1', port, namespace: null })

const servers: Record<string, DnsServer> = {}
beforeAll(async () => {
  const copies = [at(55303), at(55304)]
  servers['bind'] = await startBind({ place: at(55302), folder: join(folder, 'bind'), notifies: copies, algorithm: 'hmac-sha512' })
  servers['knot'] = await startKnot({ place: at(55305), folder: join(folder, 'knot') })
  servers['copy of BIND'] = await startBind({ place: at(55303), folder: join(folder, 'copy-bind'), from: at(55302) })
  servers['copy by Knot'] = await startKnot({ place: at(55304), folder: join(folder, 'copy-knot'), from: at(55302) })
  for (const algorithm of ['hmac-sha256', 'hmac-sha512']) writeFileSync(join(folder, algorithm), keyText(algorithm))
})
afterAll(() => {
  for (const server of Object.values(servers)) server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const address = (name: string): string => servers[name]?.address ?? ''
const values = { here: '203.0.113.5', there: '198.51.100.7' }

it.each([
  [
    'on BIND, with two that hear of it',
    'hmac-sha512',
    () => ({ server: address('bind'), secondaries: [address('copy of BIND'), address('copy by Knot')], values }),
  ],
  ['on Knot', 'hmac-sha256', () => ({ server: address('knot'), values })],
  ['of IPv6', 'hmac-sha256', () => ({ server: address('knot'), values: { here: '2001:db8::5', there: '2001:db8:1::7' } })],
  [
    'that is another name',
    'hmac-sha512',
    () => ({ server: address('bind'), values: { here: 'paris.example.org', there: 'Ireland.example.org.' } }),
  ],
  [
    'of several addresses, without a record of whose it is',
    'hmac-sha512',
    () => ({ server: address('bind'), values: { here: ['192.0.2.7', '192.0.2.5'] }, ownership: false }),
  ],
])('a name %s keeps the contract of a backend (%s)', (_, algorithm, options) => {
  const env = { ...process.env, MOVIP_SECRET: join(folder, algorithm), MOVIP_OPTIONS: JSON.stringify({ ...options(), key: 'ddns' }) }
  const { status, stdout } = spawnSync(process.execPath, ['--test', program], { env, encoding: 'utf8', timeout: 120_000 })
  expect(status, stdout).toBe(0)
})
