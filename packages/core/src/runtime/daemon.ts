import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { createClock } from '../adapters/clock.ts'
import { createLogger } from '../adapters/logger.ts'
import { createTransport } from '../adapters/nats/transport.ts'
import { bookName } from '../adapters/storage/book-name.ts'
import { openStorage } from '../adapters/storage/open-storage.ts'
import { startApiServer } from '../api/server.ts'
import type { NodeConfig } from '../config/types.ts'
import { longestServiceMs } from '../model/index.ts'
import type { Logger, Storage } from '../ports.ts'
import { watchHookPrograms } from '../hooks/hook-programs.ts'
import { bootstrapSpec, clusterName, latestSpec, need } from './bootstrap.ts'
import { apiHandlers } from './api-handlers.ts'
import { findBounds } from './bounds.ts'
import { cleanUp } from './clean-up.ts'
import type { Ending } from './driver.ts'
import { sayWhyNot, stop, watchFaults } from './ending.ts'
import { measureLateness } from './lateness.ts'
import { claimScheduling } from './scheduling.ts'
import type { Scheduling } from './scheduling.ts'
import { onSignals } from './signals.ts'
import { hearTrouble } from './telling.ts'
import { watchWallClock } from './wall-clock.ts'
import { watchWindows } from './windows.ts'
import { StartedRecord } from '../service/started-record.ts'
import { joinFrom, watchPlace } from '../upgrade/join.ts'
import { takeOver } from '../upgrade/take-over.ts'
import { createUpgrade } from '../upgrade/upgrade.ts'
import { assemble, peersOf } from './assembly.ts'
import type { Assembly, DaemonOptions, Parts } from './assembly.ts'

/** How long a stop may take to hand over before everything is let go, beside what services take to stop and to start elsewhere. */
const stopMs = 10_000
/** How long the hooks of a daemon that ends may take yet; who hangs is not waited for. */
const hooksMs = 3000

/** Runs the daemon of one node until it is told to stop. Resolves with the exit code of the process; says on stderr why. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const { node, version, pretty } = options
  const joining = joinFrom(process.env, options)
  const inner = createLogger({ level: node.log.level, fields: { node: node.node }, ...(pretty === undefined ? {} : { pretty }) })
  const logger = hearTrouble(inner)
  const signals = onSignals()
  const closers: (() => Promise<void> | void)[] = [() => signals.close()]
  try {
    await joining?.prepare()
    // Children and threads inherit it, so it comes first; who gets ready beside a daemon stands behind that until now.
    const scheduling = claimScheduling()
    const handed = (await joining?.ask()) ?? null
    const storage = await openFolder(node, handed !== null)
    closers.push(() => storage.close())
    const known = latestSpec(storage.stored)
    const record = await StartedRecord.open(node.data, storage.incarnation.generation)
    closers.push(() => record.close())
    sayStart(logger, { cluster: known.name, version, scheduling, ...storage.incarnation })
    const transport = await createTransport({
      planes: node.nats,
      cluster: known.name,
      node: node.node,
      peers: peersOf(known, node.node),
      heartbeatMs: known.timing.heartbeatMs,
      logger,
      runtimeFolder: join(dirname(node.api.socket), `nats-${node.node}`),
    })
    closers.push(() => transport.close())
    const clock = createClock()
    const ending = await serve({
      ...options,
      scheduling,
      storage,
      record,
      transport,
      spec: known,
      logger,
      clock,
      joining,
      taken: takeOver({ handed, folder: storage.incarnation, clock, logger }),
      closers,
      stopAsked: signals.first,
    })
    logger.info('end', { ...(ending.leave === undefined ? { code: ending.code } : {}), why: ending.why })
    await ending.leave?.()
    return ending.code
  } catch (error) {
    sayWhyNot(logger, error)
    return 1
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

function sayStart(logger: Logger, { scheduling, ...start }: { readonly scheduling: Scheduling; readonly [about: string]: unknown }): void {
  const { policy, why } = scheduling
  logger.info('start', { ...start, scheduling: policy, why, pid: process.pid })
  if (policy !== 'rr') logger.warn('scheduling', { policy, why })
}

async function openFolder(node: NodeConfig, isVerified: boolean): Promise<Storage> {
  const spec = await bootstrapSpec(node, existsSync(join(node.data, bookName)))
  const cluster = await clusterName(node, spec)
  return openStorage({ folder: node.data, node: node.node, cluster, bootstrap: () => need(spec), isVerified })
}

async function serve(parts: Parts): Promise<Ending> {
  const { clock, logger, closers, taken, node } = parts
  const assembly = assemble(parts)
  const { driver, hooks, keeper, checks, board, stages, present } = assembly
  closers.push(
    () => keeper.close(),
    () => checks.close(),
    () => stages.close(),
    watchFaults(driver, logger),
  )
  listenToPorts(parts, assembly)
  await serveApi(parts, assembly)
  const lateness = measureLateness({
    clock,
    leaseMs: () => present().timing.leaseMs,
    onChange: (latenessMs) => driver.tell({ type: 'lateness', latenessMs }),
  })
  closers.push(() => lateness.stop())
  void parts.stopAsked.then((signal) => stop(driver, clock, logger, { signal, withinMs: stopMs + longestServiceMs(present()) }))
  closers.push(watchWallClock(clock, (aheadMs) => driver.tell({ type: 'wall-clock', aheadMs })))
  closers.push(watchWindows(present, (open) => driver.tell({ type: 'windows', open })))
  const hookPrograms = watchHookPrograms({ node: node.node, present, onFitness: board.from('hooks') })
  closers.push(() => hookPrograms.close())
  closers.push(() => hooks.close(hooksMs))
  driver.tell({ type: 'wake' })
  // Of a life that handed over nothing is left but what this one goes on with.
  if (taken.adoption === undefined) cleanUp({ ...parts, ...assembly, node: node.node })
  else assembly.allowEndpoints()
  return driver.ended
}

async function serveApi(parts: Parts, { driver, notifier, hooks, keeper, checks, stages, present }: Assembly): Promise<void> {
  const { node, storage, transport, logger, closers, taken } = parts
  const scheduling = parts.scheduling.policy
  const keepsPlaceFor = parts.joining?.placeOf ?? null
  if (keepsPlaceFor !== null) closers.push(watchPlace(keepsPlaceFor, () => void process.kill(process.pid, 'SIGTERM')))
  const upgrade = createUpgrade({
    ...parts,
    driver,
    present,
    folder: storage.incarnation,
    isRealTime: scheduling === 'rr',
    began: taken.began,
    unrest: () => hooks.unrest(),
    tellTheRest: () => notifier.close(),
    keepsPlaceFor,
    close: async () => {
      api.stopListening()
      stages.close()
      await Promise.all([parts.record.close().then(() => storage.close()), transport.close()])
    },
  })
  const bounds = findBounds()
  const handlers = apiHandlers({
    interfaces: node.interfaces,
    driver,
    notifier,
    keeper,
    checks,
    present,
    transport,
    upgrade,
    version: parts.version,
    scheduling,
    bounds,
  })
  const api = await startApiServer({ socket: node.api.socket, mode: node.api.mode, handlers, logger })
  closers.push(() => api.close())
}

function listenToPorts({ transport, storage, logger }: Parts, { driver, isolation, notifier }: Assembly): void {
  isolation.onMessage((message) => driver.tell({ type: 'message', message }))
  transport.onPlane((event) => {
    driver.events.add(event)
    notifier.onEvent(event)
  })
  storage.onPersisted((id) => driver.tell({ type: 'persisted', id }))
  storage.onFailing((failing) => {
    if (failing === null) logger.info('storage-works')
    else logger.error('storage-failing', { why: failing })
    driver.tell({ type: 'storage', failing })
  })
}
