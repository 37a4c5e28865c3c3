import { expect, it } from 'vitest'
import type { Calls } from './calls.ts'
import { RouteTables } from './route-tables.ts'

interface Input {
  readonly RouteTableIds?: readonly string[]
  readonly Filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[]
}

/** AWS knows one table. A name that it does not know fails the whole call, and a filter leaves it out. */
function answerTo({ RouteTableIds = [], Filters = [] }: Input): Promise<unknown> {
  const Routes = [{ DestinationCidrBlock: '10.99.0.50/32', NetworkInterfaceId: 'eni-1' }]
  if (RouteTableIds.some((id) => id !== 'rtb-1'))
    return Promise.reject(Object.assign(new Error('it does not exist'), { name: 'InvalidRouteTableID.NotFound' }))
  const isKept = Filters.every(({ Name, Values }) => Name === 'route-table-id' && Values.includes('rtb-1'))
  return Promise.resolve({ RouteTables: isKept ? [{ RouteTableId: 'rtb-1', Routes }] : [] })
}

const client = { send: ({ input }: { readonly input: Input }) => answerTo(input) }
const calls = {
  access: { region: 'eu-west-1' },
  ask: (send: (one: typeof client, options: object) => Promise<unknown>) => send(client, {}),
} as unknown as Calls
const budget = { until: -Infinity, signal: new AbortController().signal }
const tablesOf = (...choice: readonly string[]): RouteTables =>
  new RouteTables({ calls, destination: '10.99.0.50/32', choice: [...choice], ownInterface: 'eni-1' })

it('one table of several that is gone keeps nobody from seeing where the others lead', async () => {
  const tables = tablesOf('rtb-1', 'rtb-2')
  expect(await tables.read(budget)).toEqual([{ name: 'rtb-1', to: 'eni-1' }])
  await expect(tables.describe(budget)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('rtb-2') })
})

it('where none of the tables is there, nothing is taken for led', async () => {
  await expect(tablesOf('rtb-2').read(budget)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
