import { isolable } from '../adapters/isolation.ts'
import type { NatsTransport, PeerNode } from '../adapters/nats/transport.ts'
import type { NodeConfig } from '../config/types.ts'
import { isPaused } from '../engine/maintenance.ts'
import type { ClusterEvent, ClusterSpec, GroupId, NodeId } from '../model/index.ts'
import type { Clock, Isolation, Storage } from '../ports.ts'
import { createHealthListener } from '../health/listener.ts'
import { createHooks } from '../hooks/hooks.ts'
import type { Hooks } from '../hooks/hooks.ts'
import type { Notifier } from '../notify/notifier.ts'
import { createCheckRunner } from '../checks/check-runner.ts'
import type { CheckRunner, CheckRunnerOptions } from '../checks/check-runner.ts'
import type { Driver, DriverOptions } from './driver.ts'
import { isSupervised, performDrill } from './drills.ts'
import { secretsOf } from './endpoint-secrets.ts'
import { createEndpointKeeper } from './endpoint-keeper.ts'
import type { EndpointKeeper } from './endpoint-keeper.ts'
import { createExecutor } from './executor.ts'
import { createFitnessBoard } from './fitness-board.ts'
import type { FitnessBoard } from './fitness-board.ts'
import { createIncidents } from './incidents.ts'
import { bringToLife } from './life.ts'
import { looksBack } from './looking-back.ts'
import type { Scheduling } from './scheduling.ts'
import type { StartedRecord } from '../service/started-record.ts'
import { createStages } from './stages.ts'
import type { StageKeeper } from './stages.ts'
import { createToldDriver } from './telling.ts'
import type { HeardLogger } from './telling.ts'
import type { Joining } from '../upgrade/join.ts'
import type { TakeOver } from '../upgrade/take-over.ts'
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

/** What a daemon is made of, once its folder is open and its node can be heard. */
export interface Parts extends DaemonOptions {
  readonly scheduling: Scheduling
  readonly storage: Storage
  /** What this node has started of services. */
  readonly record: StartedRecord
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

/** A daemon whose parts know each other, and of which nothing runs yet. */
export interface Assembly {
  readonly driver: Driver
  readonly isolation: Isolation
  readonly notifier: Notifier
  readonly hooks: Hooks
  readonly keeper: EndpointKeeper
  readonly checks: CheckRunner
  readonly board: FitnessBoard
  readonly stages: StageKeeper
  readonly allowEndpoints: () => void
  /** The configuration that this node has applied last. */
  readonly present: () => ClusterSpec
}

/** Puts the parts together. */
export function assemble(parts: Parts): Assembly {
  const { node, storage, transport, clock, logger } = parts
  const common = { node: node.node, interfaces: node.interfaces, clock, logger }
  const pauses = { isPaused: (group: GroupId) => isPaused(driver.clusterState(), group) }
  const { engine, runner } = lifeOf(parts)
  const isolation = isolable(transport, logger)
  const executor = executorOf(clock, { driver: () => driver, keeper: () => keeper })
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
    generation: storage.incarnation.generation,
    engine,
    runner,
    executor,
    transport: { send: sendingBy(isolation, parts) },
    storage,
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
  const heard = checkNews({ driver: () => driver, keeper: () => keeper })
  const checks = createCheckRunner({ ...common, ...pauses, ...heard, onFitness: board.from('checks') })
  const incidents = createIncidents({ node: node.node, clock, logger, driver: () => driver }, parts.closers)
  const keeper = createEndpointKeeper({
    ...common,
    ...pauses,
    onIncident: incidents,
    secret: secretsOf(node.secrets),
    tellRunner: (news) => driver.tellRunner(news),
    onFitness: board.from('endpoints'),
    statusOf: (group) => runner.statusOf(group),
    stages,
    record: parts.record,
    health: createHealthListener(node.health),
  })
  const hooks = createHooks({ node: node.node, logger, present: () => spec, ...looksBack(driver) })
  const allowEndpoints = (): void => {
    swept = true
    keeper.onSpec(spec)
  }
  return { driver, isolation, notifier, hooks, keeper, checks, board, stages, allowEndpoints, present: () => spec }
}

/** Parts that are made later than who needs them. */
interface Later {
  readonly driver: () => Driver
  readonly keeper: () => EndpointKeeper
}

/** Who hears what checks find. */
function checkNews({ driver, keeper }: Later): Pick<CheckRunnerOptions, 'onPosition' | 'restart' | 'onUnreached'> {
  return {
    onPosition: (group, told) => driver().tell({ type: 'position', group, told }),
    restart: (group) => keeper().restart(group),
    onUnreached: (group, epoch) => driver().tell({ type: 'unreached', group, epoch }),
  }
}

/** Calls backends for the runner, and tells it what came of it. */
function executorOf(clock: Clock, { driver, keeper }: Later): DriverOptions['executor'] {
  return createExecutor({
    clock,
    backendOf: (group, endpoint) => keeper().backendOf(group, endpoint),
    onSettled: (call, result) => driver().tellRunner({ type: 'settled', call, result }),
    onLapsed: (group, endpoint) => driver().tellRunner({ type: 'lapsed', group, endpoint }),
  })
}

function lifeOf({ node, storage, clock, taken }: Parts): ReturnType<typeof bringToLife> {
  const drills = { permitted: node.drills, supervised: isSupervised() }
  return bringToLife(node.node, storage, { now: clock.now(), drills, adopted: taken.adoption })
}

/** The first word of a life that went on with another's is the end of its pause. */
function sendingBy(isolation: Isolation, { transport, taken }: Parts): Isolation['send'] {
  return (to, message) => {
    isolation.send(to, message)
    taken.onSent(() => transport.status().connected)
  }
}

/** Clients beside a node that is heard again may have missed who serves. */
function announceTo(keeper: EndpointKeeper, event: ClusterEvent): void {
  if (event.type === 'member' && event.state === 'heard') keeper.announce()
}

/** Whom a node sends to. */
export function peersOf(spec: ClusterSpec, self: NodeId): readonly PeerNode[] {
  return spec.nodes.filter(({ id }) => id !== self)
}
