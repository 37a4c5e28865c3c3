import { EC2Client, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addVpc } from './build.ts'
import { createEc2 } from './server.ts'
import type { Keys } from './signature.ts'
import { createSts } from './sts.ts'
import { emptyWorld } from './world.ts'

const own: Keys = { accessKeyId: 'AKIDMOVIP', secretAccessKey: 'one', principal: 'role/movip' }
const network = 'arn:aws:iam::210987654321:role/network'
const region = 'eu-west-1'

let keys: Keys[] = []
let closing: (() => Promise<void>)[] = []
let urls = { sts: '', ec2: '' }
beforeEach(async () => {
  keys = [own]
  const world = emptyWorld(region)
  addVpc(world, { cidr: '10.0.0.0/16', tags: {} })
  const [sts, ec2] = [
    createSts({ region, keys, roles: [{ arn: network, trusts: ['role/movip'] }] }),
    createEc2({ world, keys, denied: { 'role/movip': ['DescribeVpcs'] }, onChange: () => undefined }),
  ]
  urls = { sts: await sts.listen('127.0.0.1'), ec2: await ec2.listen('127.0.0.1') }
  closing = [() => sts.close(), () => ec2.close()]
})
afterEach(() => Promise.all(closing.map((close) => close())))

/** How many VPCs somebody sees who takes on that role. */
async function seenAs(RoleArn: string): Promise<number> {
  const clientConfig = { region, endpoint: urls.sts, maxAttempts: 1 }
  const masterCredentials = { accessKeyId: own.accessKeyId, secretAccessKey: own.secretAccessKey }
  const credentials = fromTemporaryCredentials({ params: { RoleArn, RoleSessionName: 'movip' }, clientConfig, masterCredentials })
  const client = new EC2Client({ region, endpoint: urls.ec2, maxAttempts: 1, credentials })
  try {
    return (await client.send(new DescribeVpcsCommand({}))).Vpcs?.length ?? 0
  } finally {
    client.destroy()
  }
}

it('a role is taken on by whom it trusts, and has its own rights', async () => {
  expect(await seenAs(network)).toBe(1)
  expect(keys.map(({ principal }) => principal)).toEqual(['role/movip', 'role/network'])
})

it('a role that does not trust its caller, or is not there, is not given', async () => {
  await expect(seenAs('arn:aws:iam::210987654321:role/other')).rejects.toThrow(/not authorized to perform: sts:AssumeRole/)
  expect(keys).toHaveLength(1)
})
