import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { inHost } from '../../network/host.ts'
import type { AwsLabOptions, AwsMode } from './aws-lab.ts'
import { startAwsLab } from './aws-lab.ts'

const program = fileURLToPath(new URL('../../../../backend-aws/dist/testing/contract.js', import.meta.url))
const networkRole = 'arn:aws:iam::123456789012:role/network'

interface Case {
  readonly what: string
  readonly mode: AwsMode
  readonly more?: object
  readonly cloud?: AwsLabOptions
}
const cases: readonly Case[] = [
  { what: 'aws-route', mode: 'aws-route' },
  { what: 'aws-route over IPv6', mode: 'aws-route', more: { destination: 'fd99::50/128' } },
  {
    what: 'aws-route by a role, where the node itself may change nothing',
    mode: 'aws-route',
    more: { role: networkRole },
    cloud: { roles: [networkRole], denied: { 'role/movip': ['ReplaceRoute', 'CreateRoute', 'DescribeRouteTables'] } },
  },
  { what: 'aws-eip', mode: 'aws-eip' },
  { what: 'aws-ip', mode: 'aws-ip' },
  { what: 'aws-ip over IPv6', mode: 'aws-ip', more: { address: 'fd00:10:0:1::50' } },
]

it.each(cases)('$what keeps the contract of a backend', async ({ mode, more, cloud }) => {
  const lab = await startAwsLab({ mode, ...cloud })
  onTestFinished(() => lab.close())
  const { backend, ...options } = { ...lab.options, ...more }
  const { file, args } = inHost(lab.network.host('n1').namespace, process.execPath, ['--test', program])
  const endpoints = { AWS_ENDPOINT_URL_EC2: lab.vpc.endpoint, AWS_ENDPOINT_URL_STS: lab.vpc.stsEndpoint }
  const env = { ...process.env, ...endpoints, MOVIP_KIND: backend, MOVIP_OPTIONS: JSON.stringify(options) }
  // The control plane answers from a process of its own.
  const { status, stdout } = spawnSync(file, args, { env, encoding: 'utf8', timeout: 60_000 })
  expect(status, stdout).toBe(0)
})
