import type { RouteTable } from '@aws-sdk/client-ec2'
import type { Finding } from '@movip/core/backend'
import type { TableChoice } from './options.ts'

/** Which subnets go by which table, and by the main one of the VPC where they have none of their own. */
interface Going {
  readonly table: string
  readonly subnets: readonly string[]
  readonly isMain: boolean
}

function goings(tables: readonly RouteTable[]): readonly Going[] {
  return tables.map(({ RouteTableId: table = '', Associations = [] }) => ({
    table,
    subnets: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    isMain: Associations.some(({ Main }) => Main === true),
  }))
}

/** A subnet that goes by the main table is found by no look for tables of subnets. */
export function withoutOwnTable(choice: TableChoice, chosen: readonly RouteTable[]): readonly Finding[] {
  if (Array.isArray(choice) || !('subnets' in choice)) return []
  const served = new Set(goings(chosen).flatMap(({ subnets }) => subnets))
  return choice.subnets
    .filter((subnet) => !served.has(subnet))
    .map((subnet) => ({
      severity: 'error',
      code: 'AWS_MAIN_TABLE',
      message: `${subnet} has no route table of its own, and goes by the main one of its VPC: it would not be led`,
      fix: 'associate a route table with it, or name the tables by their ids in routeTables, the main one among them',
    }))
}

/** Tables and subnets of the same VPCs. */
export interface Around {
  readonly tables: readonly RouteTable[]
  /** Ids. */
  readonly subnets: readonly string[]
}

/** Who sits where no chosen table is asked, and the asked one knows no way, finds nobody. */
export function subnetsLeftOut(
  chosen: readonly string[],
  { tables: all, subnets: known }: Around,
  destination: string,
): readonly Finding[] {
  const associated = new Set(goings(all).flatMap(({ subnets }) => subnets))
  const others = known.filter((subnet) => !associated.has(subnet))
  const leads = new Map(all.map(({ RouteTableId: id = '', Routes = [] }) => [id, Routes.some((route) => isTo(route, destination))]))
  return goings(all)
    .map((going) => (going.isMain ? { ...going, subnets: [...going.subnets, ...others] } : going))
    .filter(({ table, subnets }) => !chosen.includes(table) && leads.get(table) !== true && subnets.length > 0)
    .map(({ table, subnets }) => ({
      severity: 'warning',
      code: 'AWS_SUBNET_LEFT_OUT',
      message: `clients in ${subnets.join(', ')} go by route table ${table}, which knows no way to ${destination}`,
      fix: `add ${table} to routeTables if clients are there`,
    }))
}

type Way = NonNullable<RouteTable['Routes']>[number]

function isTo({ DestinationCidrBlock, DestinationIpv6CidrBlock }: Way, destination: string): boolean {
  return (DestinationCidrBlock ?? DestinationIpv6CidrBlock) === destination
}
