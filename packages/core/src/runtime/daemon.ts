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
import { longestServiceMs } from '../model/index.ts'
import type { ClusterEvent, ClusterSpec, NodeId } from '../model/index.ts'
import type { Clock, Isolation, Storage } from '../ports.ts'
import { createHooks } from '../hooks/hooks.ts'
import type { Notifier } from '../notify/notifier.ts'
import { watchHookPrograms } from '../hooks/hook-programs.ts'
import { createCheckRunner } from '../checks/check-runner.ts'
import type { CheckRunner } from '../checks/check-runner.ts'
import { bootstrapSpec, clusterName, latestSpec, need } from './bootstrap.ts'
import { apiHandlers } from './api-handlers.ts'
import { cleanUp } from './clean-up.ts'
import type { Driver, DriverOptions, Ending } from './driver.ts'
import { sayWhyNot, stop, watchFaults } from './ending.ts'
import { performDrill } from './drills.ts'
import { createEndpointKeeper } from './endpoint-keeper.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'
import { createExecutor } from './executor.ts'
import { createFitnessBoard } from './fitness-board.ts'
import type { FitnessBoard } from './fitness-board.ts'
import { measureLateness } from './lateness.ts'
import { looksBack } from './looking-back.ts'
import { ownOf } from './own.ts'
import { claimScheduling } from './scheduling.ts'
import type { Scheduling } from './scheduling.ts'
import { onSignals } from './signals.ts'
import { createStages } from './stages.ts'
import type { StageKeeper } from './stages.ts'
import { createToldDriver, hearTrouble } from './telling.ts'
import type { HeardLogger } from './telling.ts'
import { watchWallClock } from './wall-clock.ts'
import { watchWindows } from './windows.ts'
import { joinFrom, watchPlace } from '../upgrade/join.ts'
import type { Joining } from '../upgrade/join.ts'
import { takeOver } from '../upgrade/take-over.ts'
import type { TakeOver } from '../upgrade/take-over.ts'
import { createUpgrade } from '../upgrade/upgrade.ts'
import type { UpgradeOptions } from '../upgrade/upgrade.ts'

export interface DaemonOptions {
  readonly node: NodeConfig
  readonly version: string
  /** Whether the log is for people; when absent, only if it goes to a terminal. */
  readonly pretty?: boolean
  /** The program that became this daemon, and with which arguments a daemon is started by it. */
  readonly program: UpgradeOptions['program']
  /** How this very program was started: file, then all arguments from the zeroth on. */
  readonly start: readonly string[]
}

/** How long a stop may take to hand over before everything is let go, beside what services take to stop and to start elsewhere. */
const stopMs = 10_000

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
    const clock = createClock()
    const ending = await serve({
      ...options,
      scheduling,
      storage,
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

async function openFolder(node: NodeConfig, isVerified: boolean): Promise<Storage> {
  const spec = await bootstrapSpec(node, existsSync(join(node.data, bookName)))
  const cluster = await clusterName(node, spec)
  return openStorage({ folder: node.data, node: node.node, cluster, bootstrap: () => need(spec), isVerified })
}

interface Parts extends DaemonOptions {
  readonly scheduling: Scheduling
  readonly storage: Storage
  readonly transport: NatsTransport
  readonly spec: ClusterSpec
  readonly logger: HeardLogger
  readonly clock: Clock
  readonly taken: TakeOver
  readonly joining: Joining | null
  readonly closers: (() => Promise<void> | void)[]
  /** Somebody asked this process to end, by this signal. */
  readonly stopAsked: Promise<string>
}

async function serve(parts: Parts): Promise<Ending> {
  const { storage, transport, clock, logger, closers, taken, node } = parts
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
  driver.tell({ type: 'wake' })
  // Of a life that handed over nothing is left but what this one goes on with.
  if (taken.adoption === undefined) cleanUp({ ...parts, ...assembly, node: node.node })
  else assembly.allowEndpoints()
  return driver.ended
}

async function serveApi(parts: Parts, { driver, notifier, keeper, checks, stages, present }: Assembly): Promise<void> {
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
    keepsPlaceFor,
    close: async () => {
      api.stopListening()
      stages.close()
      await Promise.all([storage.close(), transport.close()])
    },
  })
  const handlers = apiHandlers({ driver, notifier, keeper, checks, present, transport, upgrade, version: parts.version, scheduling })
  const api = await startApiServer({ socket: node.api.socket, mode: node.api.mode, handlers, logger })
  closers.push(() => api.close())
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
  const { node, transport, clock, logger } = parts
  const common = { node: node.node, interfaces: node.interfaces, clock, logger }
  const isolation = isolable(transport, logger)
  const own = ownOf(parts, isolation)
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
  })
  const keeper = createEndpointKeeper({
    ...common,
    tellRunner: (news) => driver.tellRunner(news),
    onFitness: board.from('endpoints'),
    runnerStatus: () => own.runner.status(),
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

function peersOf(spec: ClusterSpec, self: NodeId): readonly PeerNode[] {
  return spec.nodes.filter(({ id }) => id !== self)
}
