import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GoogleAuth } from 'google-auth-library'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Metadata } from './metadata.ts'
import type { Token } from './server.ts'
import { addDocument, emptyWorld } from './world.ts'

const from = '10.0.1.10'
function metadata(token: Token | null = { value: 'good', principal: 'movip' }): Metadata {
  const world = emptyWorld('shop')
  const own = { name: 'nic0', networkIP: from, aliasIpRanges: [{ ipCidrRange: '10.0.1.99/32' }] }
  addDocument(world, 'zones/europe-west1-b/instances/n1', { networkInterfaces: [own] })
  return new Metadata({ world, token: () => token })
}
const ask = (service: Metadata, path: string, headers: object = { 'metadata-flavor': 'Google' }): string => {
  const { status, body } = service.answer({ method: 'GET', path: `/computeMetadata/v1/${path}`, headers: { ...headers }, from }, Date.now())
  return `${status} ${body}`
}

it('an instance learns its name, its zone and its interfaces', () => {
  const service = metadata()
  expect(ask(service, 'instance/name')).toBe('200 n1')
  expect(ask(service, 'instance/zone')).toBe('200 projects/1/zones/europe-west1-b')
  expect(ask(service, 'instance/network-interfaces/0/ip-aliases/0')).toBe('200 10.0.1.99/32')
  expect(ask(service, 'instance/network-interfaces/')).toBe('200 0/\n')
  expect(ask(service, 'instance/network-interfaces/?recursive=true')).toContain('"ip":"10.0.1.10"')
  expect(ask(service, 'instance/none')).toMatch(/^404/)
})

it('nothing is told to who does not say that it means this service, or comes through a proxy', () => {
  expect(ask(metadata(), 'instance/name', {})).toMatch(/^403/)
  expect(ask(metadata(), 'instance/name', { 'metadata-flavor': 'Google', 'x-forwarded-for': '1.2.3.4' })).toMatch(/^403/)
})

it("Google's own library gets its token here", async () => {
  const service = metadata({ value: 'good', principal: 'movip', expiresAt: Date.now() + 600_000 })
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const { status, body, headers: told } = service.answer({ method, path: url, headers, from }, Date.now())
    response.writeHead(status, told).end(body)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${(server.address() as AddressInfo).port}`)
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await new GoogleAuth().getAccessToken()).toBe('good')
})
