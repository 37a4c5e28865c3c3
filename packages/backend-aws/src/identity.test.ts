import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { readIdentity } from './identity.ts'

const mac = '0a:00:00:00:00:01'
const told: Readonly<Record<string, string>> = {
  'instance-id': 'i-1',
  'placement/region': 'eu-west-1',
  'placement/availability-zone': 'eu-west-1a',
  'network/interfaces/macs/': `${mac}/\n0a:00:00:00:00:02/`,
}
const ofInterface = (number: number): Readonly<Record<string, string>> => ({
  'interface-id': `eni-${number}`,
  'subnet-id': 'subnet-1',
  'vpc-id': 'vpc-1',
  'owner-id': '123456789012',
  'device-number': String(number),
  'local-ipv4s': `10.0.1.1${number}\n10.0.1.2${number}`,
})

/** A metadata service that tells nothing without a token. */
async function serve(isOff = false): Promise<void> {
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request
    const end = (status: number, body = ''): void => void response.writeHead(status).end(body)
    if (isOff) return end(403)
    if (method === 'PUT' && url === '/latest/api/token') return end(200, 'a token')
    if (headers['x-aws-ec2-metadata-token'] !== 'a token') return end(401)
    const path = url.replace('/latest/meta-data/', '')
    const [, which = '', name = ''] = /^network\/interfaces\/macs\/[0-9a-f:]+(\d)\/(.+)$/.exec(path) ?? []
    const text = name === '' ? told[path] : ofInterface(Number(which) - 1)[name]
    return text === undefined ? end(404) : end(200, text)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
afterEach(() => vi.unstubAllEnvs())

describe('what a machine is in AWS', () => {
  it('is read from its metadata with a token: instance, place and every interface', async () => {
    await serve()
    expect(await readIdentity()).toEqual({
      instance: 'i-1',
      region: 'eu-west-1',
      zone: 'eu-west-1a',
      account: '123456789012',
      interfaces: [
        { id: 'eni-0', mac, subnet: 'subnet-1', vpc: 'vpc-1', deviceNumber: 0, ipv4: ['10.0.1.10', '10.0.1.20'] },
        { id: 'eni-1', mac: '0a:00:00:00:00:02', subnet: 'subnet-1', vpc: 'vpc-1', deviceNumber: 1, ipv4: ['10.0.1.11', '10.0.1.21'] },
      ],
    })
  })

  it('is a failure that names the switch where the metadata is off', async () => {
    await serve(true)
    await expect(readIdentity()).rejects.toMatchObject({ code: 'UNREACHABLE', fix: expect.stringContaining('--http-endpoint enabled') })
  })
})
