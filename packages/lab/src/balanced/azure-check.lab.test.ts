import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { lookBeforehand } from '../clouds/look-beforehand.ts'
import type { Effect } from '../clouds/switches.ts'
import type { AzureLab } from './azure-lab.ts'
import { startAzureLab } from './azure-lab.ts'
import { HEALTH_PORT } from './ports.ts'

let lab: AzureLab
beforeAll(async () => {
  lab = await startAzureLab({ intervalS: 5, threshold: 1 })
})
afterAll(() => lab?.close())

const under = (): readonly string[] => ['env', ...Object.entries(lab.trusting).map(([name, value]) => `${name}=${value}`)]
const node = { interfaces: { lan: 'eth0' }, health: { listen: `0.0.0.0:${HEALTH_PORT}` } }

/** What is told of this endpoint, as `error CODE`, with the words. */
async function told(endpoint: object): Promise<readonly string[]> {
  const { findings, out } = await lookBeforehand({ network: lab.network, nodes: ['n1', 'n2', 'n3'], endpoint, under: under(), node })
  expect(findings.length, out).toBeGreaterThan(0)
  const ours = findings.filter(({ code }) => /^(AZURE|ENDPOINT|ARP)_/.test(code) && code !== 'AZURE_TCP_TIMESTAMPS')
  return ours.map(({ severity, code, message, fix }) => `${severity} ${code}: ${message} (${fix})`)
}
const ilb = (more: object = {}): object => ({ ...lab.options, ...more })
const route = (more: object = {}): object => ({
  backend: 'azure-route',
  destination: '10.99.0.50/32',
  routeTables: lab.network.plan.world.routeTables.map(({ id }) => id),
  interface: 'lan',
  endpoint: lab.vnet.endpoint,
  ...more,
})
async function turnedOn(effect: Effect, actions?: readonly string[]): Promise<void> {
  const off = await lab.vnet.turnOn({ effect, ...(actions === undefined ? {} : { actions }) })
  onTestFinished(() => off())
}
const fault = (code: string): Effect => ({ type: 'fault', code, applied: false })

describe('a look beforehand in Azure', () => {
  it('finds nothing where all is as it should be', async () => {
    expect(await told(ilb())).toEqual([])
    expect(await told(route())).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['a rule that is not there', { rule: 'none' }, /error AZURE_NO_RULE: .*load balancer inside has no rule none/],
    [
      'a path that is not asked for',
      { path: '/mail' },
      /error AZURE_PROBE_ELSEWHERE: .* asks by HTTP at port 9650, \/web, and movip answers by HTTP at port 9650, \/mail/,
    ],
    [
      'an address that is not the frontend’s',
      { address: '10.0.1.201' },
      /error AZURE_FLOATING_OTHER_ADDRESS: .*10\.0\.1\.200.*write address: 10\.0\.1\.200/,
    ],
    ['a probe slower than promised', { within: '2s' }, /warning AZURE_SLOW: .* 5\.3 s, and 2 s are promised/],
  ])('finds %s', async (_, more, expected) => {
    expect((await told(ilb(more))).join('\n')).toMatch(expected)
  })

  it('finds a load balancer that is not there', async () => {
    const loadBalancer = String(lab.options['loadBalancer']).replace(/inside$/, 'outside')
    expect((await told(ilb({ loadBalancer }))).join('\n')).toMatch(/error AZURE_NOT_FOUND: .*load balancer outside/)
  })

  it('tells what it may not see as a warning, with the right that is missing: a failover does not need it', async () => {
    await turnedOn(fault('AuthorizationFailed'), ['loadBalancers.get'])
    expect((await told(ilb())).join('\n')).toMatch(/warning AZURE_DENIED: .*load balancer inside.*Microsoft\.Network\/loadBalancers\/read/)
  })

  it('tells that Resource Manager does not answer as a warning, with the way out that may be missing', async () => {
    await turnedOn({ type: 'hang' })
    expect((await told(ilb())).join('\n')).toMatch(/warning AZURE_NOT_SEEN: .*no answer within 2000 ms.*NAT gateway/)
  })

  it.each<[string, readonly string[], Effect, RegExp]>([
    [
      'may not be written',
      ['routes.createOrUpdate'],
      fault('AuthorizationFailed'),
      /error AZURE_DENIED: .*route table .*Microsoft\.Network\/routeTables\/routes\/write/,
    ],
    ['is not there', ['routeTables.get'], fault('ResourceNotFound'), /error AZURE_NOT_FOUND: .*route table/],
    [
      'is not told of, as the token is worth nothing',
      ['routeTables.get'],
      fault('ExpiredAuthenticationToken'),
      /error AZURE_DENIED: .*managed identity/,
    ],
  ])('finds a route table that %s', async (_, actions, effect, expected) => {
    await turnedOn(effect, actions)
    expect((await told(route())).join('\n')).toMatch(expected)
  })
})
