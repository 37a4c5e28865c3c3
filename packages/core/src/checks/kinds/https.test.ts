import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeResult } from '../kind.ts'
import { httpCheck } from './http.ts'

const folder = mkdtempSync(join(tmpdir(), 'movip-https-'))
const ca = join(folder, 'cert.pem')
let server: Server
let url = ''

beforeAll(async () => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
  const certificate = ['-out', 'cert.pem', '-days', '2', '-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example']
  execFileSync('openssl', ['req', '-x509', ...key, ...certificate], { cwd: folder, stdio: 'pipe' })
  server = createServer({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(ca) }, (_, response) => response.end('up'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
afterAll(() => {
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const probe = (options: object): Promise<ProbeResult> =>
  httpCheck
    .open(
      { url, ...options },
      { node: 'n1', group: 'web', interfaces: {}, addresses: [] },
    )(AbortSignal.timeout(10_000))
    .catch((error: unknown) => ({ ok: false, reason: String(error) }))

describe('an http check over TLS', () => {
  it('passes with a certificate of an authority that it trusts, for the name that it asks for', async () => {
    expect(await probe({ ca, host: 'shop.example' })).toMatchObject({ ok: true })
  })

  it('fails with the certificate of another name', async () => {
    expect(await probe({ ca, host: 'bank.example' })).toMatchObject({ ok: false, reason: expect.stringContaining('altnames') })
  })

  it('fails with a certificate of an unknown authority, unless it need not be valid', async () => {
    expect(await probe({ host: 'shop.example' })).toMatchObject({ ok: false, reason: expect.stringContaining('self-signed') })
    expect(await probe({ verify: false })).toMatchObject({ ok: true })
  })

  it('fails where the file of authorities is missing', async () => {
    expect(await probe({ ca: join(folder, 'nothing.pem') })).toMatchObject({ ok: false, reason: expect.stringContaining('nothing.pem') })
  })
})
