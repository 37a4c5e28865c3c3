import { CreateRouteCommand, DescribeRouteTablesCommand, ReplaceRouteCommand } from '@aws-sdk/client-ec2'
import type { RouteTable } from '@aws-sdk/client-ec2'
import { BackendError } from '@movip/core/backend'
import { readBack } from '@movip/core/leading'
import type { Budget, Lead, Leads } from '@movip/core/leading'
import { CLOUD_TRAIL } from './calls.ts'
import type { Calls } from './calls.ts'
import { backendError, codeOf, isNoRoute } from './faults.ts'
import type { TableChoice } from './options.ts'

export interface RouteTablesOptions {
  readonly calls: Calls
  readonly destination: string
  readonly choice: TableChoice
  /** Where they are to lead. */
  readonly ownInterface: string
}

/** One address in several route tables of a VPC. */
export class RouteTables implements Leads {
  private readonly calls: Calls
  private readonly destination: string
  readonly choice: TableChoice
  private readonly ownInterface: string
  private known: readonly string[] = []

  constructor({ calls, destination, choice, ownInterface }: RouteTablesOptions) {
    this.calls = calls
    this.ownInterface = ownInterface
    this.destination = destination
    this.choice = choice
    if (isList(choice)) this.known = choice
  }

  /** The tables as they were when they were looked up last. */
  get names(): readonly string[] {
    return this.known
  }

  /** A table that is gone is none of them: nobody is led by it, and the others are seen nevertheless. */
  async read(budget: Budget): Promise<readonly Lead[]> {
    const { choice } = this
    const question = isList(choice) ? { Filters: [{ Name: 'route-table-id', Values: [...choice] }] } : this.question()
    return this.leadsOf(await this.describe(budget, question))
  }

  /** Looks up which tables fit. Throws `BackendError`, also for one that is named and is not there. */
  async describe(budget: Budget, question = this.question()): Promise<readonly RouteTable[]> {
    const tables: RouteTable[] = []
    let NextToken: string | undefined
    do {
      const input = { ...question, ...(NextToken === undefined ? {} : { NextToken }) }
      const answer = await this.calls
        .ask((client, options) => client.send(new DescribeRouteTablesCommand(input), options), budget)
        .catch((error: unknown) => Promise.reject(backendError(error, this.asked('DescribeRouteTables', this.name))))
      tables.push(...(answer.RouteTables ?? []))
      ;({ NextToken } = answer)
    } while (NextToken !== undefined)
    if (tables.length === 0)
      throw new BackendError('NOT_FOUND', `no route table is found by ${this.name}`, 'correct routeTables of the endpoint')
    this.known = tables.flatMap(({ RouteTableId }) => RouteTableId ?? [])
    return tables
  }

  /** How these tables lead. */
  leadsOf(tables: readonly RouteTable[]): readonly Lead[] {
    return tables.map(({ RouteTableId: name = '', Routes: routes = [] }) => {
      const route = routes.find(
        ({ DestinationCidrBlock, DestinationIpv6CidrBlock }) => (DestinationCidrBlock ?? DestinationIpv6CidrBlock) === this.destination,
      )
      return { name, to: route?.NetworkInterfaceId ?? null }
    })
  }

  async lead(table: string, budget: Budget): Promise<void> {
    await this.replace(table, this.ownInterface, budget)
    await readBack(table, this.ownInterface, { read: () => this.readOne(table, budget), fix: CLOUD_TRAIL }, budget)
  }

  private async readOne(table: string, budget: Budget): Promise<readonly Lead[]> {
    const input = { RouteTableIds: [table] }
    const { RouteTables: tables = [] } = await this.calls
      .ask((client, options) => client.send(new DescribeRouteTablesCommand(input), options), budget)
      .catch((error: unknown) => Promise.reject(backendError(error, this.asked('DescribeRouteTables', `route table ${table}`))))
    return this.leadsOf(tables)
  }

  private async replace(table: string, to: string, budget: Budget): Promise<void> {
    const input = { RouteTableId: table, NetworkInterfaceId: to, ...this.where() }
    try {
      await this.calls.ask((client, options) => client.send(new ReplaceRouteCommand(input), options), budget)
    } catch (error) {
      if (!isNoRoute(error)) throw backendError(error, this.asked('ReplaceRoute', `route table ${table}`))
      await this.calls
        .ask((client, options) => client.send(new CreateRouteCommand(input), options), budget)
        .catch((failure: unknown) => {
          // Another attempt of this very call may have landed meanwhile.
          if (codeOf(failure) !== 'RouteAlreadyExists') throw backendError(failure, this.asked('CreateRoute', `route table ${table}`))
        })
    }
  }

  /** What a request has to say of the address. */
  where(): { readonly DestinationCidrBlock: string } | { readonly DestinationIpv6CidrBlock: string } {
    return this.destination.includes(':') ? { DestinationIpv6CidrBlock: this.destination } : { DestinationCidrBlock: this.destination }
  }

  private get name(): string {
    const { choice } = this
    if (isList(choice)) return `route table ${choice.join(', ')}`
    if ('tag' in choice)
      return `the tag ${Object.entries(choice.tag)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}`
    return 'vpc' in choice ? `the VPC ${choice.vpc}` : `the subnets ${choice.subnets.join(', ')}`
  }

  private question(): ConstructorParameters<typeof DescribeRouteTablesCommand>[0] {
    const { choice } = this
    if (isList(choice)) return { RouteTableIds: [...choice] }
    if ('tag' in choice) return { Filters: Object.entries(choice.tag).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })) }
    if ('vpc' in choice) return { Filters: [{ Name: 'vpc-id', Values: [choice.vpc] }] }
    return { Filters: [{ Name: 'association.subnet-id', Values: [...choice.subnets] }] }
  }

  private asked(action: string, resource: string): { readonly action: string; readonly resource: string; readonly region: string } {
    return { action, resource, region: this.calls.access.region }
  }
}

function isList(choice: TableChoice): choice is string[] {
  return Array.isArray(choice)
}
