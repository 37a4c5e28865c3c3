import {
  CreateRouteCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2'
import type { RouteTable } from '@aws-sdk/client-ec2'
import { liesIn } from '@movip/backend-arp/ip'
import type { Finding } from '@movip/core/backend'
import { subnetsLeftOut, withoutOwnTable } from './associations.ts'
import type { Calls } from './calls.ts'
import { isNoRoute } from './faults.ts'
import type { OwnInterface } from './identity.ts'
import { mayDo, orFinding, sourceDestCheck } from './looks.ts'
import type { RouteTables } from './route-tables.ts'

interface Looked {
  readonly calls: Calls
  readonly tables: RouteTables
  readonly own: OwnInterface
  readonly destination: string
}

/** What would keep this node from leading the tables to itself. */
export function routePreflight(looked: Looked, signal: AbortSignal): Promise<readonly Finding[]> {
  const { calls, tables, own } = looked
  const look = async (): Promise<readonly Finding[]> => {
    const described = await tables.describe({ until: -Infinity, signal })
    const looks = await Promise.all([
      Promise.all(described.flatMap((table) => [mayReplace(looked, table, signal), mayCreate(looked, table, signal)])),
      sourceDestCheck(calls, own.id, signal),
      insideVpc(looked, described, signal),
      leftOut(looked, described, signal),
    ])
    return [...looks.flat(2), ...missingRoutes(looked, described), ...withoutOwnTable(tables.choice, described)]
  }
  return orFinding(look, { action: 'DescribeRouteTables', resource: looked.destination, region: calls.access.region })
}

/** What is not there so far must be made first, and that is another right. */
function mayCreate({ calls, own, tables }: Looked, table: RouteTable, signal: AbortSignal): Promise<readonly Finding[]> {
  const { RouteTableId } = table
  if (tables.leadsOf([table]).some(({ to }) => to !== null)) return Promise.resolve([])
  const input = { DryRun: true, RouteTableId, NetworkInterfaceId: own.id, ...tables.where() }
  const asked = { action: 'CreateRoute', resource: `route table ${RouteTableId ?? ''}`, region: calls.access.region }
  const attempt = (): Promise<unknown> => calls.once((client, options) => client.send(new CreateRouteCommand(input), options), signal)
  // A route that leads elsewhere than to an interface is there.
  return mayDo(attempt, ['DryRunOperation', 'RouteAlreadyExists'], asked)
}

function mayReplace({ calls, own, tables }: Looked, { RouteTableId }: RouteTable, signal: AbortSignal): Promise<readonly Finding[]> {
  const input = { DryRun: true, RouteTableId, NetworkInterfaceId: own.id, ...tables.where() }
  const attempt = (): Promise<unknown> =>
    calls
      .once((client, options) => client.send(new ReplaceRouteCommand(input), options), signal)
      // What is not there yet is made by the first claim.
      .catch((error: unknown) => (isNoRoute(error) ? null : Promise.reject(error instanceof Error ? error : new Error(String(error)))))
  const asked = { action: 'ReplaceRoute', resource: `route table ${RouteTableId ?? ''}`, region: calls.access.region }
  return mayDo(attempt, ['DryRunOperation'], asked)
}

/** Inside the range of the VPC the VPC itself delivers, and no route is asked. */
async function insideVpc({ calls, destination }: Looked, tables: readonly RouteTable[], signal: AbortSignal): Promise<readonly Finding[]> {
  const input = { VpcIds: [...new Set(tables.flatMap(({ VpcId }) => VpcId ?? []))] }
  const { Vpcs = [] } = await calls.once((client, options) => client.send(new DescribeVpcsCommand(input), options), signal)
  return Vpcs.flatMap((vpc) => {
    const four = vpc.CidrBlockAssociationSet?.flatMap(({ CidrBlock }) => CidrBlock ?? []) ?? []
    const six = vpc.Ipv6CidrBlockAssociationSet?.flatMap(({ Ipv6CidrBlock }) => Ipv6CidrBlock ?? []) ?? []
    const around = [...four, ...six].filter((block) => liesIn(destination, block))
    return around.map((block): Finding => ({
      severity: 'error',
      code: 'AWS_INSIDE_VPC',
      message: `${destination} lies in ${block} of ${vpc.VpcId ?? 'the VPC'}: AWS takes no route for it`,
      fix: 'choose an address outside every range of the VPC, such as 10.99.0.50/32; or use backend: aws-ip',
    }))
  })
}

/** Whether somebody of the same VPCs goes by another table. */
async function leftOut(
  { calls, tables, destination }: Looked,
  chosen: readonly RouteTable[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const input = { Filters: [{ Name: 'vpc-id', Values: [...new Set(chosen.flatMap(({ VpcId }) => VpcId ?? []))] }] }
  const [{ RouteTables = [] }, { Subnets = [] }] = await Promise.all([
    calls.once((client, options) => client.send(new DescribeRouteTablesCommand(input), options), signal),
    calls.once((client, options) => client.send(new DescribeSubnetsCommand(input), options), signal),
  ])
  return subnetsLeftOut(tables.names, { tables: RouteTables, subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) }, destination)
}

/** Whoever sits in a subnet whose table knows no way finds nobody. */
function missingRoutes({ tables, destination }: Looked, described: readonly RouteTable[]): readonly Finding[] {
  const without = tables.leadsOf(described).filter(({ to }) => to === null)
  return without.map(({ name }) => ({
    severity: 'warning',
    code: 'AWS_NO_ROUTE',
    message: `route table ${name} knows no way to ${destination} so far`,
    fix: 'none: the first claim makes it (ec2:CreateRoute); or make it by hand, to any of the nodes',
  }))
}
