import { describe, expect, it } from 'vitest'
import { Metadata } from './metadata.ts'
import { shop } from './testing/rig.ts'

const { world, nodes } = shop()
const metadataOf = (token = 'good'): Metadata =>
  new Metadata({ world, identity: ({ name }) => (name === 'n0' ? { token, principal: 'movip', expiresAt: 3_600_000 } : null) })
const instance = '/metadata/instance?api-version=2021-02-01'
const tokenPath = '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F'

function asked(
  path: string,
  { from = '10.0.1.10', headers = { metadata: 'true' } as Record<string, string>, method = 'GET' } = {},
): object {
  const { status, body } = metadataOf().answer({ method, path, headers, from }, 0)
  return { status, body: JSON.parse(body) as unknown }
}

describe('the metadata of a machine', () => {
  it('says what it is, and which addresses it has', () => {
    expect(asked(instance)).toMatchObject({
      status: 200,
      body: {
        compute: { name: 'n0', location: 'westeurope', zone: '1', resourceId: world.machines[0]?.id, subscriptionId: world.subscription },
        network: {
          interface: [
            {
              ipv4: {
                ipAddress: [{ privateIpAddress: '10.0.1.10', publicIpAddress: '' }],
                subnet: [{ address: '10.0.1.0', prefix: '24' }],
              },
              macAddress: nodes[0].properties.macAddress?.replaceAll('-', ''),
            },
          ],
        },
      },
    })
    expect(asked('/metadata/instance/compute?api-version=2021-02-01', { from: '10.0.1.11' })).toMatchObject({ body: { name: 'n1' } })
  })

  it('gives the token of its identity, with how long that is good', () => {
    expect(asked(tokenPath)).toMatchObject({
      status: 200,
      body: {
        access_token: 'good',
        expires_in: '3600',
        expires_on: '3600',
        resource: 'https://management.azure.com/',
        token_type: 'Bearer',
      },
    })
    expect(asked(tokenPath.replace('?', '/?'))).toMatchObject({ status: 200 })
    expect(asked(tokenPath, { from: '10.0.1.11' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(asked('/metadata/identity/oauth2/token?api-version=2018-02-01')).toMatchObject({ status: 400 })
  })

  it('is told only to who asks as it must be asked', () => {
    expect(asked(instance, { headers: {} })).toMatchObject({ status: 400 })
    expect(asked(instance, { headers: { metadata: 'true', 'x-forwarded-for': '10.0.1.9' } })).toMatchObject({ status: 400 })
    expect(asked(instance, { method: 'POST' })).toMatchObject({ status: 405 })
    expect(asked('/metadata/instance')).toMatchObject({ status: 400 })
    expect(asked('/metadata/none?api-version=2021-02-01')).toMatchObject({ status: 404 })
    expect(asked(instance, { from: '10.0.9.9' })).toMatchObject({ status: 404 })
  })

  it('is told to nobody where it is switched off', () => {
    const metadata = metadataOf()
    metadata.isOff = true
    expect(metadata.answer({ method: 'GET', path: instance, headers: { metadata: 'true' }, from: '10.0.1.10' }, 0).status).toBe(503)
  })
})
