import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { BackendKind } from '../backend.ts'
import { clusterSpecFromText } from './cluster-file.ts'
import type { PluginMap } from './plugins.ts'
import { specSchema } from './spec-schema.ts'

const options = z.strictObject({ address: z.string() })
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ address }) => address,
  claims: ({ address }) => [address],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['arp', { package: '@movip/backend-arp', plugin: { kinds: { arp: kind } }, kind }]])

const read = (check: string, service = '{ systemd: nginx.service }') =>
  clusterSpecFromText(
    `cluster: shop
nodes: { a: { site: x, address: 10.0.0.1 } }
groups:
  web:
    endpoints: [{ backend: arp, address: 10.0.0.50/24 }]
${service === '' ? '' : `    service: ${service}\n`}    checks:
      http: ${check}
`,
    'cluster.yaml',
    { plugins },
  )

describe('restart of a check', () => {
  it('is read with its defaults, and fits into the log', () => {
    const spec = read('{ url: "http://127.0.0.1/", restart: {} }')
    expect(spec.groups[0]?.checks?.[0]).toMatchObject({ restart: { max: 2, withinMs: 600_000 } })
    expect(specSchema.parse(spec)).toEqual(spec)
    expect(read('{ url: "http://127.0.0.1/" }').groups[0]?.checks?.[0]).not.toHaveProperty('restart')
  })

  it.each([
    ['{ url: "http://127.0.0.1/", restart: {} }', '', '7:41: groups.web.checks.http.restart: there is nothing to restart'],
    ['{ url: "http://127.0.0.1/", on: standby, restart: {} }', undefined, 'restart: a service runs only where the group is active'],
    ['{ url: "http://127.0.0.1/", restart: { max: 0 } }', undefined, 'restart.max: expected at least 1'],
    ['{ url: "http://127.0.0.1/", restart: { within: 1s } }', undefined, 'restart.within: expected a duration between 10s and 1h'],
  ])('that cannot be is refused: %s', (check, service, message) => {
    expect(() => read(check, service)).toThrow(message)
  })
})
