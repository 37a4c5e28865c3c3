import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { BackendKind } from '../backend.ts'
import { clusterSpecFromText } from './cluster-file.ts'
import type { PluginMap } from './plugins.ts'

const options = z.strictObject({ address: z.string() })
const kind: BackendKind<z.infer<typeof options>> = {
  schema: options,
  describe: ({ address }) => address,
  claims: ({ address }) => [address],
  create: () => Promise.reject(new Error('the configuration never creates a backend')),
}
const plugins: PluginMap = new Map([['arp', { package: '@movip/backend-arp', plugin: { kinds: { arp: kind } }, kind }]])

/** Where a check of a group with this service runs. */
const roleOf = (service: string | null, check: string) =>
  clusterSpecFromText(
    `cluster: shop
nodes: { a: { site: x, address: 10.0.0.1 } }
groups:
  web:
    endpoints: [{ backend: arp, address: 10.0.0.50/24 }]
${service === null ? '' : `    service: ${service}\n`}    checks: { c: ${check} }
`,
    'cluster.yaml',
    { plugins },
  ).groups[0]?.checks?.[0]?.on

const unit = '{ systemd: nginx.service }'
const daemon = '{ process: { start: [/usr/bin/d], pidfile: /run/d.pid, name: d } }'
const follower = '{ command: { start: [/x], stop: [/x], check: [/x], standby: [/x] } }'

describe('a check that does not say where it runs', () => {
  it.each<[string, string, string | null, string]>([
    ['active', "names the group's own unit", unit, '{ type: systemd, unit: nginx.service }'],
    ['active', "names the group's own process by its pidfile", daemon, '{ type: process, pidfile: /run/d.pid }'],
    ['active', "names the group's own process by its name", `[${unit}, ${daemon}]`, '{ type: process, name: d }'],
    ['active', 'asks this machine for the service', unit, '{ type: http, url: "http://127.0.0.1:8080/" }'],
    ['active', 'asks this machine by its name', unit, '{ type: http, url: "https://localhost/" }'],
    ['active', 'asks this machine over IPv6', unit, '{ type: http, url: "http://[::1]/" }'],
    ['active', 'tries a port of this machine', unit, '{ type: tcp, port: 80 }'],
    ['active', "asks the group's own address", follower, '{ type: tcp, host: 10.0.0.50, port: 80 }'],
    ['active', 'restarts the service', unit, '{ type: script, command: /x, restart: {} }'],
    ['both', 'names another unit', unit, '{ type: systemd, unit: chrony.service }'],
    ['both', 'names another process', daemon, '{ type: process, name: chronyd }'],
    ['both', 'asks somebody else', unit, '{ type: http, url: "http://10.0.0.9/" }'],
    ['both', 'may ask anything', unit, '{ type: script, command: /x }'],
    ['both', 'asks a service that answers in its standby role, too', follower, '{ type: tcp, port: 5432, restart: {} }'],
    ['both', 'belongs to a group without a service', null, '{ type: http, url: "http://127.0.0.1/" }'],
    ['both', 'belongs to a group without a service, by its unit', null, '{ type: systemd, unit: nginx.service }'],
  ])('runs on %s where it %s', (role, _, service, check) => {
    expect(roleOf(service, check)).toBe(role)
  })
})

describe('a check that says where it runs', () => {
  it('is believed where it could pass there', () => {
    expect(roleOf(unit, '{ type: http, url: "http://127.0.0.1:9/", on: both }')).toBe('both')
    expect(roleOf(unit, '{ type: systemd, unit: nginx.service, on: active }')).toBe('active')
  })

  it.each([
    ['{ type: systemd, unit: nginx.service, on: both }', unit, "systemd-nginx.service is the group's own service"],
    ['{ type: process, name: d, on: standby }', daemon, "process-/run/d.pid is the group's own service"],
  ])('is refused where it could not: %s', (check, service, message) => {
    expect(() => roleOf(service, check)).toThrow(message)
    expect(() => roleOf(service, check)).toThrow('write on: active, or remove the line')
  })
})
