import type { ApiHandlers } from '../api/server.ts'
import type { StatusAnswer } from '../api/types.ts'
import type { UpgradeHandlers } from '../api/upgrade-routes.ts'
import { longestMoveMs } from '../model/index.ts'
import type { ClusterSpec } from '../model/index.ts'
import type { CheckRunner } from '../checks/check-runner.ts'
import type { Notifier } from '../notify/notifier.ts'
import type { Transport } from '../ports.ts'
import { changeHandlers } from './change-handlers.ts'
import { drillAt } from './drills.ts'
import { configureFrom } from './configure.ts'
import type { Driver } from './driver.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'
import { ordersOf } from './looking-back.ts'
import { releaseMs } from './open-requests.ts'

export interface ApiHandlersOptions {
  readonly driver: Driver
  readonly notifier: Pick<Notifier, 'test'>
  readonly keeper: Pick<EndpointKeeper, 'describe'>
  readonly checks: Pick<CheckRunner, 'status'>
  readonly transport: Pick<Transport, 'status'>
  /** Names of `node.yaml`. */
  readonly interfaces: Readonly<Record<string, string>>
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
  readonly upgrade: UpgradeHandlers
  readonly version: string
  readonly scheduling: StatusAnswer['scheduling']
  readonly bounds: readonly string[]
}

/** Answers of the local API, from the parts of this daemon. */
export function apiHandlers(options: ApiHandlersOptions): ApiHandlers {
  const { driver, keeper, checks, transport } = options
  return {
    status: () => ({
      schemaVersion: 1,
      at: new Date().toISOString(),
      version: options.version,
      uptimeMs: Math.round(process.uptime() * 1000),
      engine: driver.engineStatus(),
      runner: driver.runnerStatus().map((group) => ({
        ...group,
        endpoints: group.endpoints.map((endpoint) => ({ ...endpoint, ...keeper.describe(group.group, endpoint.id) })),
      })),
      checks: checks.status(),
      transport: transport.status(),
      scheduling: options.scheduling,
      bounds: options.bounds,
      memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    }),
    cluster: options.present,
    events: async ({ limit, after, waitMs }) => {
      // A count that this life has not reached is one of an earlier life, of which nothing is left.
      const from = after !== null && after <= driver.events.count ? after : 0
      if (waitMs > 0) await driver.events.more(from, waitMs)
      return { events: driver.events.last(limit, from), last: driver.events.count }
    },
    moves: () => ({ moves: driver.moves(), orders: ordersOf(driver.clusterState()), incidents: driver.clusterState().incidents ?? [] }),
    switchover: async ({ group, to }) => {
      const reply = await driver.request(
        { type: 'switchover', group, ...(to === undefined ? {} : { to }) },
        longestMoveMs(options.present()),
      )
      if ('index' in reply) throw new Error('invariant: a move is answered like a change')
      return reply
    },
    release: () => driver.releaseAll(releaseMs),
    configure: (text) => configureFrom(text, driver, options.interfaces),
    testNotify: () => options.notifier.test(),
    drill: (wish) => drillAt(driver, wish),
    changes: changeHandlers(driver, options.interfaces),
    upgrade: options.upgrade,
  }
}
