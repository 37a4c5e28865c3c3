import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { createClock } from '../adapters/clock.ts'
import { isolable } from '../adapters/isolation.ts'
import { createLogger } from '../adapters/logger.ts'
import { createTransport } from '../adapters/nats/transport.ts'
import type { NatsTransport, PeerNode } from '../adapters/nats/transport.ts'
import { bookName } from '../adapters/storage/book-name.ts'
import { openStorage } from '../adapters/storage/open-storage.ts'
import { startApiServer } from '../api/server.ts'
import type { NodeConfig } from '../config/types.ts'
import { createEngine } from '../engine/engine.ts'
import type { Engine } from '../engine/types.ts'
import { longestServiceMs } from '../model/index.ts'
import type { ClusterEvent, ClusterSpec, NodeId } from '../model/index.ts'
import type { Clock, Isolation, Storage } from '../ports.ts'
import { createHooks } from '../hooks/hooks.ts'
import type { HooksOptions } from '../hooks/hooks.ts'
import type { Notifier } from '../notify/notifier.ts'
import { watchHookPrograms } from '../hooks/hook-programs.ts'
import { createRunner } from '../runner/runner.ts'
import { createCheckRunner } from '../checks/check-runner.ts'
import type { CheckRunner } from '../checks/check-runner.ts'
import { bootstrapSpec, clusterName, earlierSpecs, latestSpec, need } from './bootstrap.ts'
import { apiHandlers } from './api-handlers.ts'
import type { Driver, DriverOptions, Ending } from './driver.ts'
import { sayWhyNot, stop, watchFaults } from './ending.ts'
import { isSupervised, performDrill } from './drills.ts'
import { createEndpointKeeper } from './endpoint-keeper.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'
import { createExecutor } from './executor.ts'
import { createFitnessBoard } from './fitness-board.ts'
import type { FitnessBoard } from './fitness-board.ts'
import { measureLateness } from './lateness.ts'
import { claimScheduling } from './scheduling.ts'
import type { Scheduling } from './scheduling.ts'
import { onSignals } from './signals.ts'
import { createStages } from './stages.ts'
import type { StageKeeper } from './stages.ts'
import { sweepLeftovers } from './sweep.ts'
import { createToldDriver, hearTrouble } from './telling.ts'
import type { HeardLogger } from './telling.ts'
import { watchWallClock } from './wall-clock.ts'
import { watchWindows } from './windows.ts'

export interface DaemonOptions {
  readonly node: NodeConfig
  readonly version: string
  /** Whether the log is for people; when absent, only if it goes to a terminal. */
  readonly pretty?: boolean
}

/** How long a stop may take to hand over before everything is let go, beside what services take to stop and to start elsewhere. */
const stopMs = 10_000

/** Runs the daemon of one node until it is told to stop. Resolves with the exit code of the process; says on stderr why. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const { node, version, pretty } = options
  const inner = createLogger({ level: node.log.level, fields: { node: node.node }, ...(pretty === undefined ? {} : { pretty }) })
  const logger = hearTrouble(inner)
  const signals = onSignals()
  const closers: (() => Promise<void> | void)[] = [() => signals.close()]
  try {
    // Children and threads inherit it, so it comes first.
    const scheduling = claimScheduling()
    const spec = await bootstrapSpec(node, existsSync(join(node.data, bookName)))
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
    if (scheduling.policy !== 'rr') logger.warn('scheduling', { policy: scheduling.policy, why: scheduling.why })
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
  readonly logger: HeardLogger
  readonly clock: Clock
  readonly closers: (() => Promise<void> | void)[]
  /** Somebody asked this process to end, by this signal. */
  readonly stopAsked: Promise<string>
}

async function serve(parts: Parts): Promise<Ending> {
  const { node, storage, transport, clock, logger, closers } = parts
  const assembly = assemble(parts)
  const { driver, isolation, notifier, keeper, checks, board, stages, present } = assembly
  closers.push(
    () => keeper.close(),
    () => checks.close(),
    () => stages.close(),
    watchFaults(driver, logger),
  )
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
  const handlers = apiHandlers({
    driver,
    notifier,
    keeper,
    checks,
    present,
    transport,
    version: parts.version,
    scheduling: parts.scheduling.policy,
  })
  const api = await startApiServer({ socket: node.api.socket, mode: node.api.mode, handlers, logger })
  closers.push(() => api.close())
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
  driver.tell({ type: 'wake' })
  sweepFirst(parts, assembly)
  return driver.ended
}

/** What an earlier life left behind goes before anything new is claimed: a sweep cannot tell the two apart. */
function sweepFirst({ node, spec, storage, logger }: Parts, { driver, board, stages, allowEndpoints }: Assembly): void {
  const sayOfSweep = board.from('sweep')
  const swept = sweepLeftovers({
    node: node.node,
    spec,
    earlier: earlierSpecs(storage.stored),
    logger,
    ended: driver.ended,
    onTrouble: (reason) => {
      for (const { id } of spec.groups) sayOfSweep(id, { level: 'unfit', reasons: [reason] })
    },
  })
  void swept.then(async (done) => {
    if (!done) return
    await stages.rest()
    for (const { id } of spec.groups) sayOfSweep(id, { level: 'fit', reasons: [] })
    driver.tell({ type: 'swept' })
    allowEndpoints()
  })
}

interface Assembly {
  readonly driver: Driver
  readonly isolation: Isolation
  readonly notifier: Notifier
  readonly keeper: EndpointKeeper
  readonly checks: CheckRunner
  readonly board: FitnessBoard
  readonly stages: StageKeeper
  readonly allowEndpoints: () => void
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
}

function assemble(parts: Parts): Assembly {
  const { node, storage, transport, clock, logger } = parts
  const common = { node: node.node, interfaces: node.interfaces, clock, logger }
  const runner = createRunner({ self: node.node })
  const engine = engineOf(parts)
  const isolation = isolable(transport, logger)
  const own = { engine, runner, storage, transport: isolation }
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
    checks.onSpec(next)
  }
  const { driver, notifier } = createToldDriver(parts, {
    ...common,
    ...own,
    executor,
    generation: storage.incarnation.generation,
    onSpec,
    onDrill: (drill) => performDrill(drill, isolation, logger),
    onEvent: (event) => announceTo(keeper, event),
    onRunnerEvent: (event) => hooks.onEvent(event),
    onHolding: (group, epoch, state) => checks.onHolding(group, epoch, state),
    onSettled: () => {
      stages.turned()
      keeper.look()
      checks.onAssignments(driver.clusterState().assignments)
    },
  })
  const stages = createStages({ node, clock, logger, driver: () => driver })
  const board = createFitnessBoard('endpoints', (group, fitness) => driver.tell({ type: 'fitness', group, fitness }))
  const checks = createCheckRunner({
    ...common,
    onFitness: board.from('checks'),
    onPosition: (group, told) => driver.tell({ type: 'position', group, told }),
    restart: (group) => keeper.restart(group),
    onUnreached: (group, epoch) => driver.tell({ type: 'unreached', group, epoch }),
  })
  const keeper = createEndpointKeeper({
    ...common,
    tellRunner: (news) => driver.tellRunner(news),
    onFitness: board.from('endpoints'),
    runnerStatus: () => runner.status(),
    stages,
  })
  const hooks = createHooks({ node: node.node, logger, present: () => spec, ...looksBack(driver) })
  const allowEndpoints = (): void => {
    swept = true
    keeper.onSpec(spec)
  }
  return { driver, isolation, notifier, keeper, checks, board, stages, allowEndpoints, present: () => spec }
}

/** Clients beside a node that is heard again may have missed who serves. */
function announceTo(keeper: EndpointKeeper, event: ClusterEvent): void {
  if (event.type === 'member' && event.state === 'heard') keeper.announce()
}

function engineOf({ node, storage, clock }: Parts): Engine {
  return createEngine({
    self: node.node,
    incarnation: storage.incarnation,
    stored: storage.stored,
    now: clock.now(),
    random: Math.random,
    drills: { permitted: node.drills, supervised: isSupervised() },
  })
}

/** What the log of this node tells of a group. */
function looksBack(driver: Driver): Pick<HooksOptions, 'causeOf' | 'moveOf'> {
  return {
    causeOf: (group) => driver.engineStatus().groups.find(({ id }) => id === group)?.cause ?? '',
    moveOf: (group) => driver.moves().findLast((move) => move.group === group),
  }
}

function peersOf(spec: ClusterSpec, self: NodeId): readonly PeerNode[] {
  return spec.nodes.filter(({ id }) => id !== self)
}
