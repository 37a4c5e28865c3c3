import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { createClock } from '../adapters/clock.ts'
import { createLogger } from '../adapters/logger.ts'
import type { Peer } from '../adapters/nats/dead-links.ts'
import { createTransport } from '../adapters/nats/transport.ts'
import type { NatsTransport } from '../adapters/nats/transport.ts'
import { bookName } from '../adapters/storage/book-name.ts'
import { openStorage } from '../adapters/storage/open-storage.ts'
import { startApiServer } from '../api/server.ts'
import { ConfigError, formatProblem } from '../config/problem.ts'
import { loadClusterSpec } from '../config/load.ts'
import type { NodeConfig } from '../config/types.ts'
import { createEngine } from '../engine/engine.ts'
import type { ClusterSpec, NodeId, Stored } from '../model/index.ts'
import type { Clock, Logger, Storage } from '../ports.ts'
import { createRunner } from '../runner/runner.ts'
import { apiHandlers } from './api-handlers.ts'
import { createDriver } from './driver.ts'
import type { Driver, DriverOptions, Ending } from './driver.ts'
import { createEndpointKeeper } from './endpoint-keeper.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'
import { createExecutor } from './executor.ts'
import { measureLateness } from './lateness.ts'
import { claimScheduling } from './scheduling.ts'
import type { Scheduling } from './scheduling.ts'
import { onSignals } from './signals.ts'
import { sweepLeftovers } from './sweep.ts'
import { watchWallClock } from './wall-clock.ts'

export interface DaemonOptions {
  readonly node: NodeConfig
  readonly version: string
  /** Whether the log is for people; when absent, only if it goes to a terminal. */
  readonly pretty?: boolean
}

/** How long a stop may take to hand over before everything is let go. */
const stopMs = 10_000
const lastResortMs = 1000

/** Runs the daemon of one node until it is told to stop. Resolves with the exit code of the process; says on stderr why. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const { node, version, pretty } = options
  const logger = createLogger({ level: node.log.level, fields: { node: node.node }, ...(pretty === undefined ? {} : { pretty }) })
  const signals = onSignals()
  const closers: (() => Promise<void> | void)[] = [() => signals.close()]
  try {
    // Children and threads inherit it, so it comes first.
    const scheduling = claimScheduling()
    const spec = await bootstrapSpec(node)
    const storage = await openStorage({
      folder: node.data,
      node: node.node,
      cluster: await clusterName(node, spec),
      bootstrap: () => need(spec),
    })
    closers.push(() => storage.close())
    const known = latestSpec(storage.stored)
    const { dataId, generation } = storage.incarnation
    logger.info('start', {
      cluster: known.name,
      version,
      scheduling: scheduling.policy,
      why: scheduling.why,
      dataId,
      generation,
      pid: process.pid,
    })
    const transport = await createTransport({
      config: node.nats,
      cluster: known.name,
      node: node.node,
      peers: peersOf(known, node.node),
      heartbeatMs: known.timing.heartbeatMs,
      logger,
      runtimeFolder: join(dirname(node.api.socket), `nats-${node.node}`),
    })
    closers.push(() => transport.close())
    const ending = await serve({
      ...options,
      scheduling,
      storage,
      transport,
      spec: known,
      logger,
      clock: createClock(),
      closers,
      stopAsked: signals.first,
    })
    logger.info('end', { code: ending.code, why: ending.why })
    return ending.code
  } catch (error) {
    sayWhyNot(logger, error)
    return 1
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

interface Parts extends DaemonOptions {
  readonly scheduling: Scheduling
  readonly storage: Storage
  readonly transport: NatsTransport
  readonly spec: ClusterSpec
  readonly logger: Logger
  readonly clock: Clock
  readonly closers: (() => Promise<void> | void)[]
  /** Somebody asked this process to end, by this signal. */
  readonly stopAsked: Promise<string>
}

async function serve(parts: Parts): Promise<Ending> {
  const { node, storage, transport, clock, logger, closers } = parts
  const { driver, keeper, allowEndpoints, present } = assemble(parts)
  closers.push(() => keeper.close(), watchFaults(driver, logger))
  transport.onMessage((message) => driver.tell({ type: 'message', message }))
  storage.onPersisted((id) => driver.tell({ type: 'persisted', id }))
  storage.onFailing((failing) => {
    if (failing === null) logger.info('storage-works')
    else logger.error('storage-failing', { why: failing })
    driver.tell({ type: 'storage', failing })
  })
  const handlers = apiHandlers({ driver, keeper, transport, present, version: parts.version, scheduling: parts.scheduling.policy })
  const api = await startApiServer({ socket: node.api.socket, mode: node.api.mode, handlers, logger })
  closers.push(() => api.close())
  const lateness = measureLateness({
    clock,
    leaseMs: () => present().timing.leaseMs,
    onChange: (latenessMs) => driver.tell({ type: 'lateness', latenessMs }),
  })
  closers.push(() => lateness.stop())
  void parts.stopAsked.then((signal) => stop(driver, clock, logger, signal))
  closers.push(watchWallClock(clock, (aheadMs) => driver.tell({ type: 'wall-clock', aheadMs })))
  driver.tell({ type: 'wake' })
  // What an earlier life left behind goes before anything new is claimed: a sweep cannot tell the two apart.
  const swept = sweepLeftovers({
    spec: parts.spec,
    logger,
    ended: driver.ended,
    onTrouble: (reason) => {
      for (const group of parts.spec.groups)
        driver.tell({ type: 'fitness', group: group.id, fitness: { level: 'unfit', reasons: [reason] } })
    },
  })
  void swept.then((done) => {
    if (!done) return
    driver.tell({ type: 'swept' })
    allowEndpoints()
  })
  return driver.ended
}

interface Assembly {
  readonly driver: Driver
  readonly keeper: EndpointKeeper
  readonly allowEndpoints: () => void
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
}

function assemble(parts: Parts): Assembly {
  const { node, storage, transport, clock, logger } = parts
  const runner = createRunner({ self: node.node })
  const engine = createEngine({
    self: node.node,
    incarnation: storage.incarnation,
    stored: storage.stored,
    now: clock.now(),
    random: Math.random,
  })
  const executor = createExecutor({
    clock,
    backendOf: (group, endpoint) => keeper.backendOf(group, endpoint),
    onSettled: (call, result) => driver.tellRunner({ type: 'settled', call, result }),
    onLapsed: (group, endpoint) => driver.tellRunner({ type: 'lapsed', group, endpoint }),
  })
  let spec = parts.spec
  let swept = false
  const onSpec: DriverOptions['onSpec'] = (next) => {
    spec = next
    transport.setPeers(peersOf(next, node.node))
    if (swept) keeper.onSpec(next)
  }
  const driver = createDriver({
    node: node.node,
    generation: storage.incarnation.generation,
    engine,
    runner,
    executor,
    clock,
    transport,
    storage,
    logger,
    onSpec,
    onEvent: (event) => {
      if (event.type === 'member' && event.state === 'heard') keeper.announce()
    },
    onSettled: () => keeper.look(),
  })
  const keeper = createEndpointKeeper({
    node: node.node,
    interfaces: node.interfaces,
    clock,
    logger,
    tellRunner: (news) => driver.tellRunner(news),
    onFitness: (group, fitness) => driver.tell({ type: 'fitness', group, fitness }),
    runnerStatus: () => runner.status(),
  })
  const allowEndpoints = (): void => {
    swept = true
    keeper.onSpec(spec)
  }
  return { driver, keeper, allowEndpoints, present: () => spec }
}

/** A fault that nobody caught: what is held is let go before the process ends. */
function watchFaults(driver: Driver, logger: Logger): () => void {
  const onFault = (error: unknown): void => {
    logger.error('broken', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    driver.giveUp({ code: 1, why: 'a fault that nobody caught' }, lastResortMs)
  }
  process.on('uncaughtException', onFault)
  return () => void process.off('uncaughtException', onFault)
}

function stop(driver: Driver, clock: Clock, logger: Logger, signal: string): void {
  logger.info('stopping', { signal })
  driver.tell({ type: 'stop' })
  const cancel = clock.at(clock.now() + stopMs, () =>
    driver.giveUp({ code: 1, why: `handing over took longer than ${stopMs} ms` }, lastResortMs),
  )
  void driver.ended.then(cancel)
}

/** The configuration of a new cluster; null when the data folder is not new. */
async function bootstrapSpec(node: NodeConfig): Promise<ClusterSpec | null> {
  return existsSync(join(node.data, bookName)) ? null : loadClusterSpec(node.bootstrap)
}

/** The folder of another cluster is refused by its name; of the file nothing else counts once there is a folder. */
async function clusterName(node: NodeConfig, spec: ClusterSpec | null): Promise<string> {
  if (spec !== null) return spec.name
  const file: unknown = parse(await readFile(node.bootstrap, 'utf8'))
  const name = typeof file === 'object' && file !== null && 'cluster' in file ? file.cluster : null
  if (typeof name !== 'string')
    throw new Error(`${node.bootstrap} does not name its cluster; it must say cluster: <name>, as at the first start`)
  return name
}

function need(spec: ClusterSpec | null): ClusterSpec {
  if (spec === null) throw new Error('the data folder was emptied while it was being opened; start again')
  return spec
}

function latestSpec(stored: Stored): ClusterSpec {
  const entry = stored.entries.findLast(({ body }) => body.type === 'cluster')
  return entry?.body.type === 'cluster' ? entry.body.spec : stored.snapshot.state.spec
}

function peersOf(spec: ClusterSpec, self: NodeId): readonly Peer[] {
  return spec.nodes.filter(({ id }) => id !== self).map(({ id, address }) => ({ id, address }))
}

function sayWhyNot(logger: Logger, error: unknown): void {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) logger.error('start-failed', { code: 'CONFIG_INVALID', message: formatProblem(problem) })
    return
  }
  const { code, fix } = error as { code?: unknown; fix?: unknown }
  // A refusal that names the next step needs no stack.
  const expected = typeof fix === 'string'
  const message = error instanceof Error ? error.message : String(error)
  logger.error('start-failed', {
    ...(typeof code === 'string' ? { code } : {}),
    message,
    ...(expected ? { fix } : { stack: error instanceof Error ? error.stack : undefined }),
  })
}
