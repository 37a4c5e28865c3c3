import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { lookBeforehand } from '../clouds/look-beforehand.ts'
import type { Effect } from '../clouds/switches.ts'
import type { GcpLab } from './gcp-lab.ts'
import { startGcpLab } from './gcp-lab.ts'
import { HEALTH_PORT } from './ports.ts'

let lab: GcpLab
beforeAll(async () => {
  lab = await startGcpLab({ intervalS: 5, timeoutS: 5, healthyAfter: 2, unhealthyAfter: 2 })
})
afterAll(() => lab?.close())

const under = (): readonly string[] => ['env', ...Object.entries(lab.trusting).map(([name, value]) => `${name}=${value}`)]
const node = { interfaces: { lan: 'eth0' }, health: { listen: `0.0.0.0:${HEALTH_PORT}` } }

/** What is told of this endpoint, as `error CODE`, with the words. */
async function told(endpoint: object): Promise<readonly string[]> {
  const { findings, out } = await lookBeforehand({ network: lab.network, nodes: ['n1', 'n2', 'n3'], endpoint, under: under(), node })
  expect(findings.length, out).toBeGreaterThan(0)
  const ours = findings.filter(({ code }) => /^(GCP|ENDPOINT|ARP)_/.test(code))
  return ours.map(({ severity, code, message, fix }) => `${severity} ${code}: ${message} (${fix})`)
}
const ilb = (more: object = {}): object => ({ ...lab.options, ...more })
const route = (): object => ({
  backend: 'gcp-route',
  destination: '10.99.0.50/32',
  network: 'lab',
  interface: 'lan',
  endpoint: lab.gcp.endpoint,
})
async function turnedOn(effect: Effect, actions?: readonly string[]): Promise<void> {
  const off = await lab.gcp.turnOn({ effect, ...(actions === undefined ? {} : { actions }) })
  onTestFinished(() => off())
}
const fault = (code: string): Effect => ({ type: 'fault', code, applied: false })

describe('a look beforehand in Google Cloud', () => {
  it('finds nothing that would break a failover where all is as it should be', async () => {
    expect((await told(ilb())).filter((each) => each.startsWith('error'))).toEqual([])
    expect(await told(route())).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    [
      'a path that is not asked for',
      { path: '/mail' },
      /error GCP_CHECK_ELSEWHERE: .*\/web, and movip answers by HTTP at port 9650, \/mail/,
    ],
    ['an address that is not that of the rule', { address: '10.0.1.201' }, /error GCP_OTHER_ADDRESS: .*write address: 10\.0\.1\.200/],
    ['a check slower than promised', { within: '2s' }, /warning GCP_SLOW: .* 10\.3 s, and 2 s are promised/],
    ['a forwarding rule that is not there', { forwardingRule: 'outside' }, /error GCP_NOT_FOUND: .*forwarding rule outside/],
  ])('finds %s', async (_, more, expected) => {
    expect((await told(ilb(more))).join('\n')).toMatch(expected)
  })

  it('finds that no rule of the firewall lets the questions of the load balancer in', async () => {
    await lab.gcp.call('DELETE /compute/v1/projects/lab-project/global/firewalls/allow-health-checks', {})
    expect((await told(ilb())).join('\n')).toMatch(
      /error GCP_PROBES_BLOCKED: .*asks from 35\.191\.0\.0\/16 at TCP port 9650, and no rule lets them in.*--source-ranges=35\.191\.0\.0\/16,130\.211\.0\.0\/22/,
    )
  })

  it('tells what it may not see as a warning, with the right that is missing: a failover does not need it', async () => {
    await turnedOn(fault('forbidden'), ['compute.forwardingRules.get'])
    expect((await told(ilb())).join('\n')).toMatch(/warning GCP_DENIED: .*compute\.forwardingRules\.get/)
  })

  it('tells that Compute Engine does not answer as a warning, with the way out that may be missing', async () => {
    await turnedOn({ type: 'hang' })
    expect((await told(ilb())).join('\n')).toMatch(/warning GCP_NOT_SEEN: .*Private Google Access/)
  })

  it('finds that routes may not be changed', async () => {
    await turnedOn(fault('forbidden'), ['compute.routes.delete'])
    expect((await told(route())).join('\n')).toMatch(/error GCP_DENIED: .*compute\.routes\.delete/)
  })
})
