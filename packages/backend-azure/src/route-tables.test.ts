import { describe, expect, it } from 'vitest'
import { ArmError } from './arm-error.ts'
import type { Condition, Document, Documents } from './documents.ts'
import { RouteTables } from './route-tables.ts'

const table = '/subscriptions/s/resourceGroups/shop/providers/Microsoft.Network/routeTables/one'
const route = (nextHopIpAddress: string, more: object = {}): Document => ({
  id: `${table}/routes/vip`,
  name: 'vip',
  etag: 'W/"7"',
  properties: { addressPrefix: '10.99.0.50/32', nextHopType: 'VirtualAppliance', nextHopIpAddress, ...more },
})

/** A service with one table, that may refuse writes. */
function begin(before: readonly Document[], refusals: ArmError[] = []) {
  let routes = before
  const written: (readonly [Document, Condition])[] = []
  const documents = {
    get: () => Promise.resolve({ id: table, name: 'one', properties: { routes } }),
    put(document: Document, condition: Condition) {
      written.push([document, condition])
      const refusal = refusals.shift()
      if (refusal !== undefined) return Promise.reject(refusal)
      routes = [document]
      return Promise.resolve()
    },
  } as unknown as Documents
  const tables = new RouteTables({ documents, tables: [table], destination: '10.99.0.50/32', own: '10.1.0.11' })
  const budget = { epoch: 7, until: Infinity, signal: new AbortController().signal }
  return { tables, written, budget }
}

describe('a route', () => {
  it('is led here if it has not changed since, with everything in it that nobody here knows', async () => {
    const { tables, written, budget } = begin([route('10.1.0.12', { aFieldOfTomorrow: 1 })])
    await tables.lead(table, budget)
    expect(written).toEqual([[route('10.1.0.11', { aFieldOfTomorrow: 1 }), { ifMatch: 'W/"7"' }]])
    expect(await tables.read(budget)).toEqual([{ name: table, to: '10.1.0.11' }])
  })

  it('that is not there is made, unless somebody else has made it', async () => {
    const { tables, written, budget } = begin([])
    await tables.lead(table, budget)
    expect(written).toMatchObject([[{ id: `${table}/routes/movip-10-99-0-50-32` }, { ifNoneMatch: '*' }]])
  })

  it('that leads here already is left alone', async () => {
    const { tables, written, budget } = begin([route('10.1.0.11')])
    await tables.lead(table, budget)
    expect(written).toEqual([])
  })

  it('that somebody else has changed meanwhile is looked at again', async () => {
    const stale = new ArmError(412, 'PreconditionFailed', 'no')
    const { tables, written, budget } = begin([route('10.1.0.12')], [stale, stale])
    await tables.lead(table, budget)
    expect(written).toHaveLength(3)
  })

  it('that may not be changed says which right is missing', async () => {
    const denied = new ArmError(403, 'AuthorizationFailed', 'no')
    const { tables, budget } = begin([route('10.1.0.12')], [denied])
    await expect(tables.lead(table, budget)).rejects.toMatchObject({
      code: 'DENIED',
      fix: expect.stringContaining('Microsoft.Network/routeTables/routes/write'),
    })
  })

  it('is tried beforehand by a write that cannot succeed, and refused only where it would be', async () => {
    const stale = new ArmError(412, 'PreconditionFailed', 'no')
    const may = begin([route('10.1.0.12')], [stale])
    await may.tables.tryLead(table, may.budget.signal)
    expect(may.written).toMatchObject([[{}, { ifMatch: '"never"' }]])
    const mayNot = begin([route('10.1.0.12')], [new ArmError(403, 'AuthorizationFailed', 'no')])
    await expect(mayNot.tables.tryLead(table, mayNot.budget.signal)).rejects.toMatchObject({ code: 'DENIED' })
  })

  it('to something else than a machine is told as that', async () => {
    const { tables, budget } = begin([route('', { nextHopType: 'None' })])
    expect(await tables.read(budget)).toEqual([{ name: table, to: 'None' }])
  })
})
