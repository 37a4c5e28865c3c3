import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromInstanceMetadata } from '@smithy/credential-provider-imds'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { addInstance, addInterface, addSubnet, addVpc } from './build.ts'
import { Metadata } from './metadata.ts'
import type { Keys } from './signature.ts'
import { emptyWorld } from './world.ts'

const world = emptyWorld('eu-west-1')
const vpc = addVpc(world, { cidr: '10.0.0.0/16' })
const subnet = addSubnet(world, vpc, { zone: 'eu-west-1a', cidr: '10.0.1.0/24' })
const instance = addInstance(world)
const own = addInterface(world, subnet, instance, { primary: '10.0.1.10' })
const keys: Keys = { accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T', principal: 'role/movip', expiresAt: 4e12 }
const metadataOf = (): Metadata => new Metadata({ world, role: () => ({ name: 'movip', keys }) })

const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }
const from = '10.0.1.10'

function asked(metadata: Metadata, path: string, { by = from, now = 0, at = 0 } = {}): string {
  const { body: token } = metadata.answer({ method: 'PUT', path: '/latest/api/token', headers: ttl, from }, at)
  const { status, body } = metadata.answer({ method: 'GET', path, headers: { 'x-aws-ec2-metadata-token': token }, from: by }, now)
  return status === 200 ? body : String(status)
}

afterEach(() => vi.unstubAllEnvs())

describe('the metadata of an instance', () => {
  it('says what it is, and where its interfaces are', () => {
    const metadata = metadataOf()
    const told = (path: string): string => asked(metadata, `/latest/meta-data/${path}`)
    expect([told('instance-id'), told('mac'), told('placement/availability-zone')]).toEqual([instance.id, own.mac, 'eu-west-1a'])
    expect(told('network/interfaces/macs/')).toBe(`${own.mac}/`)
    expect([told(`network/interfaces/macs/${own.mac}/interface-id`), told(`network/interfaces/macs/${own.mac}/subnet-id`)]).toEqual([
      own.id,
      subnet.id,
    ])
    expect(told(`network/interfaces/macs/${own.mac}/vpc-ipv4-cidr-block`)).toBe('10.0.0.0/16')
    expect(JSON.parse(asked(metadata, '/latest/dynamic/instance-identity/document'))).toMatchObject({
      region: 'eu-west-1',
      instanceId: instance.id,
    })
    expect(told('no/such')).toBe('404')
  })

  it('is told only with a token of its own that has not ended', () => {
    const path = '/latest/meta-data/mac'
    expect(metadataOf().answer({ method: 'GET', path, headers: {}, from }, 0).status).toBe(401)
    expect(asked(metadataOf(), path, { by: '10.0.1.11' })).toBe('401')
    expect(asked(metadataOf(), path, { now: 60_000 })).toBe('401')
    expect(metadataOf().answer({ method: 'PUT', path: '/latest/api/token', headers: {}, from }, 0).status).toBe(400)
  })

  it('is told to nobody where it is switched off', () => {
    const metadata = metadataOf()
    metadata.isOff = true
    expect(metadata.answer({ method: 'PUT', path: '/latest/api/token', headers: ttl, from }, 0).status).toBe(403)
  })

  it("gives Amazon's own client the keys of its role", async () => {
    const metadata = metadataOf()
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request
      const { status, body } = metadata.answer({ method, path: url, headers, from }, Date.now())
      response.writeHead(status).end(body)
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { accessKeyId, secretAccessKey, sessionToken } = await fromInstanceMetadata()()
    expect({ accessKeyId, secretAccessKey, sessionToken }).toEqual({ accessKeyId: 'A', secretAccessKey: 'S', sessionToken: 'T' })
    server.close()
  })
})
