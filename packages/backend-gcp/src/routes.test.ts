import { describe, expect, it } from 'vitest'
import type { Call, ComputeCalls } from './access.ts'
import { Refusal } from './faults.ts'
import { Routes } from './routes.ts'

interface Route {
  readonly name: string
  readonly nextHopInstance: string
  readonly priority: number
  readonly network: string
  readonly destRange: string
}

const base = { network: 'projects/p/global/networks/lab', destRange: '10.99.0.50/32' }
const link = (instance: string): string => `https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/${instance}`
const route = (name: string, instance: string, priority: number): Route => ({ ...base, name, nextHopInstance: link(instance), priority })

/** A project with routes, whose changes are done at once; `refused` says which of them come to nothing, and how. */
function begin(before: readonly Route[], refused: (call: Call) => Refusal | null = () => null) {
  const routes = new Map(before.map((each) => [each.name, each]))
  const done: string[] = []
  const clock = { now: () => performance.now(), at: () => () => undefined }
  const perform = ({ client, method, request }: Call): unknown => {
    if (client === 'globalOperations') return { status: 'DONE' }
    if (method === 'list') return [...routes.values()]
    const { route: name = '', routeResource } = request as { readonly route?: string; readonly routeResource?: Route }
    if (routeResource === undefined) {
      done.push(`delete ${name}`)
      routes.delete(name)
    } else {
      done.push(`insert ${routeResource.name} ${routeResource.priority}`)
      routes.set(routeResource.name, routeResource)
    }
    return { name: 'operation-1' }
  }
  const calls = {
    project: 'p',
    once(call: Call) {
      const refusal = refused(call)
      return refusal === null ? Promise.resolve(perform(call)) : Promise.reject(refusal)
    },
  } as unknown as ComputeCalls
  const leads = new Routes({ calls, clock, destination: base.destRange, network: 'lab', own: 'zones/z/instances/a', priority: 1000 })
  const budget = { epoch: 107, until: Infinity, signal: new AbortController().signal }
  return { leads, done, routes, budget }
}

describe('a route of Google', () => {
  it('is made anew with the epoch before the old one goes, and with another priority than its neighbours', async () => {
    const { leads, done, budget } = begin([route('movip-10-99-0-50-e106', 'b', 994)])
    await leads.lead('', budget)
    expect(done).toEqual(['insert movip-10-99-0-50-e107 993', 'delete movip-10-99-0-50-e106'])
    expect(await leads.read(budget)).toEqual([{ name: base.destRange, to: 'zones/z/instances/a' }])
  })

  it('that a former life of the cluster has made with the same epoch goes first', async () => {
    const { leads, done, budget } = begin([route('movip-10-99-0-50-e107', 'b', 993)])
    await leads.lead('', budget)
    expect(done).toEqual(['delete movip-10-99-0-50-e107', 'insert movip-10-99-0-50-e107 993'])
  })

  it('is not changed by a claim whose lease is over, however far it had come', async () => {
    const { leads, done, budget } = begin([route('movip-10-99-0-50-e106', 'b', 994)])
    let asked = 0
    // It is frozen after it has looked.
    const frozen = {
      ...budget,
      get until() {
        return (asked += 1) === 1 ? Infinity : 0
      },
    }
    await expect(leads.lead('', frozen)).rejects.toMatchObject({ code: 'LAPSED' })
    expect(done).toEqual([])
  })

  it('that was made by an earlier attempt of the same claim is not made twice', async () => {
    const { leads, done, budget } = begin([route('movip-10-99-0-50-e107', 'a', 993)])
    await leads.lead('', budget)
    expect(done).toEqual([])
  })

  it('that somebody else has made for the same address is left alone, and counts where it goes first', async () => {
    const { leads, done, budget } = begin([route('by-hand', 'b', 500)])
    expect(await leads.read(budget)).toEqual([{ name: base.destRange, to: 'zones/z/instances/b' }])
    await expect(leads.lead('', budget)).rejects.toMatchObject({ code: 'FAILED' })
    expect(done).toEqual(['insert movip-10-99-0-50-e107 993'])
  })

  it('may be changed where an attempt to delete nothing finds nothing, and not where it is denied', async () => {
    const { signal } = new AbortController()
    const missing = begin([], ({ method }) => (method === 'delete' ? new Refusal('not found', 404) : null))
    await missing.leads.tryChange(signal)
    const denied = begin([], ({ method }) => (method === 'delete' ? new Refusal('forbidden', 403) : null))
    await expect(denied.leads.tryChange(signal)).rejects.toMatchObject({
      code: 'DENIED',
      fix: expect.stringContaining('compute.routes.delete'),
    })
  })
})
