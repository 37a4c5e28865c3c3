import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { command } from '../../command.ts'
import { METADATA } from '../network/plan.ts'
import type { AwsLab } from './aws-lab.ts'
import { startAwsLab } from './aws-lab.ts'
import type { Found } from '../look-beforehand.ts'
import { lookBeforehand } from '../look-beforehand.ts'
import type { Effect } from '../switches.ts'

const route = { backend: 'aws-route', destination: '10.99.0.50/32', routeTables: { tag: { movip: 'lab' } } }

let lab: AwsLab
beforeAll(async () => {
  lab = await startAwsLab()
})
afterAll(() => lab?.close())

/** What `movip check` says of this endpoint on the first node. */
async function check(
  endpoint: object,
  ...flags: readonly string[]
): Promise<{ readonly findings: readonly Found[]; readonly out: string }> {
  const { findings, out } = await lookBeforehand({ network: lab.network, nodes: ['n1'], endpoint, under: lab.under(), flags })
  return { findings: findings.filter(({ code }) => code.startsWith('AWS_') || code.startsWith('ENDPOINT')), out }
}

/** A finding, and what it must say of the thing that is wrong and of the switch to change. */
async function expectFound(endpoint: object, code: string, message: RegExp, fix: RegExp): Promise<void> {
  const { findings, out } = await check(endpoint)
  const found = findings.find((finding) => finding.code === code)
  expect(found, out).toMatchObject({ message: expect.stringMatching(message), fix: expect.stringMatching(fix) })
}

const turnedOn = async (effect: Effect, actions?: readonly string[]): Promise<void> => {
  const off = await lab.vpc.turnOn({ effect, ...(actions === undefined ? {} : { actions }) })
  onTestFinished(() => off())
}
const fault = (code: string): Effect => ({ type: 'fault', code, applied: false })

describe('a look beforehand in AWS', () => {
  it('finds nothing that would stop a node that may do all, but tables that know no way so far', async () => {
    const { findings, out } = await check(route)
    expect(
      findings.map(({ severity, code }) => `${severity} ${code}`),
      out,
    ).toEqual(Array.from({ length: 4 }, () => 'warning AWS_NO_ROUTE'))
  })

  it('finds a table that is not there', () =>
    expectFound(
      { ...route, routeTables: ['rtb-0123456789abcdef0'] },
      'AWS_NOT_FOUND',
      /rtb-0123456789abcdef0/,
      /correct the id of route table rtb-0123456789abcdef0 .* or the region/,
    ))

  it('finds that no table has the tag', () =>
    expectFound({ ...route, routeTables: { tag: { movip: 'none' } } }, 'AWS_NOT_FOUND', /the tag movip=none/, /routeTables/))

  it('finds a region in which these keys are worth nothing', () =>
    expectFound({ ...route, region: 'us-east-1' }, 'AWS_DENIED', /region/, /print-iam-policy/))

  it('finds an action that is denied', async () => {
    await turnedOn(fault('UnauthorizedOperation'), ['ReplaceRoute'])
    await expectFound(route, 'AWS_DENIED', /route table rtb-.*ReplaceRoute/, /allow ec2:ReplaceRoute to the role of this node/)
  })

  it.each([
    ['CreateRoute', route, /route table rtb-.*CreateRoute/],
    ['UnassignIpv6Addresses', { backend: 'aws-ip', address: 'fd00:10:0:1::50' }, /fd00:10:0:1::50.*UnassignIpv6Addresses/],
  ])('finds that %s is denied, though nothing is to be done with it at this moment', async (action, endpoint, message) => {
    await turnedOn(fault('UnauthorizedOperation'), [action])
    await expectFound(endpoint, 'AWS_DENIED', message, new RegExp(`allow ec2:${action} to`))
  })

  it('finds a role that this node may not take on, and where that is allowed', () => {
    const role = 'arn:aws:iam::210987654321:role/network'
    return expectFound({ ...route, role }, 'AWS_DENIED', /sts:AssumeRole/, new RegExp(`take on ${role}: .* trust policy`))
  })

  it('finds credentials that have ended', async () => {
    await turnedOn(fault('RequestExpired'))
    await expectFound(route, 'AWS_DENIED', /RequestExpired/, /an instance profile, and a clock that is right/)
  })

  it('warns of calls that are throttled', async () => {
    await turnedOn(fault('RequestLimitExceeded'))
    const { findings } = await check(route)
    expect(findings.map(({ severity }) => severity)).toEqual(['warning'])
  })

  it('finds a source/destination check that is on', async () => {
    const own = lab.interfaceOf('n1')
    const set = (Value: boolean): Promise<void> =>
      lab.vpc.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: own, SourceDestCheck: { Value } })
    await set(true)
    onTestFinished(() => set(false))
    await expectFound(route, 'AWS_SOURCE_DEST_CHECK', new RegExp(own), new RegExp(`--network-interface-id ${own} --no-source-dest-check`))
  })

  it('finds an overlay address inside the range of the VPC', () =>
    expectFound({ ...route, destination: '10.0.1.99/32' }, 'AWS_INSIDE_VPC', /10\.0\.0\.0\/16 of vpc-/, /outside every range/))

  it('finds that the kernel drops what comes in by an interface by which the way back does not go', async () => {
    const { namespace, router } = lab.network.plan.hosts[0]!
    const inside = (...args: readonly string[]): Promise<string> => command('ip', ['netns', 'exec', namespace, ...args])
    await inside('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter')
    onTestFinished(async () => {
      await inside('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/conf/eth0/rp_filter; ip link del other')
      await inside('ip', 'route', 'add', 'default', 'via', router)
    })
    for (const way of ['10.0.0.0/16', METADATA]) await inside('ip', 'route', 'add', way, 'via', router)
    await inside(
      'sh',
      '-c',
      'ip link add other type veth peer name far; ip link set other up; ip link set far up; ip route replace default dev other',
    )
    await expectFound(route, 'AWS_REVERSE_PATH', /over eth0/, /net\.ipv4\.conf\.eth0\.rp_filter=2/)
  })

  it('finds a secondary address of another subnet, and an Elastic IP that is not there', async () => {
    await expectFound(
      { backend: 'aws-ip', address: '10.0.2.99' },
      'AWS_OUTSIDE_SUBNET',
      /lies outside of subnet-.*10\.0\.1\.0\/24/,
      /aws-route/,
    )
    await expectFound(
      { backend: 'aws-eip', allocation: 'eipalloc-0123456789abcdef0' },
      'AWS_NOT_FOUND',
      /eipalloc-0123456789abcdef0/,
      /correct/,
    )
  })

  it('finds that the metadata is switched off', async () => {
    await lab.vpc.setMetadata(false)
    onTestFinished(() => lab.vpc.setMetadata(true))
    const { out } = await check(route)
    expect(out).toMatch(/the instance metadata does not answer/)
    expect(out).toMatch(/--http-endpoint enabled/)
  })

  it('finds an API that this node does not reach', async () => {
    await turnedOn({ type: 'hang' })
    await expectFound(
      route,
      'AWS_UNREACHABLE',
      /DescribeRouteTables/,
      /let this node reach the EC2 API of eu-west-1: a NAT gateway, or a VPC endpoint/,
    )
  })

  it('prints the least policy', async () => {
    const { out } = await check(route, '--print-iam-policy')
    expect(JSON.parse(out)).toMatchObject([{ role: null, policy: { Version: '2012-10-17' } }])
    expect(out).toContain('aws:ResourceTag/movip')
  })
})
