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

/** Who sits where no chosen table is asked, and the asked one knows no way, finds nobody. */
export function subnetsLeftOut(chosen: readonly string[], all: readonly RouteTable[], destination: string): readonly Finding[] {
  const leads = new Map(all.map(({ RouteTableId: id = '', Routes = [] }) => [id, Routes.some((route) => isTo(route, destination))]))
  return goings(all)
    .filter(({ table, subnets, isMain }) => !chosen.includes(table) && leads.get(table) !== true && (isMain || subnets.length > 0))
    .map(({ table, subnets, isMain }) => ({
      severity: 'warning',
      code: 'AWS_SUBNET_LEFT_OUT',
      message: `clients in ${[...subnets, ...(isMain ? ['subnets without a table of their own'] : [])].join(', ')} go by route table ${table}, which knows no way to ${destination}`,
      fix: `add ${table} to routeTables if clients are there`,
    }))
}

type Way = NonNullable<RouteTable['Routes']>[number]

function isTo({ DestinationCidrBlock, DestinationIpv6CidrBlock }: Way, destination: string): boolean {
  return (DestinationCidrBlock ?? DestinationIpv6CidrBlock) === destination
}
