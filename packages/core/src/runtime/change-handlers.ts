import type { ApplyWish, ChangeHandlers, MaintenanceWish, Target } from '../api/change-routes.ts'
import type { Rejection } from '../api/refusal.ts'
import { presentVersion } from '../engine/history.ts'
import type { EngineStatus } from '../engine/types.ts'
import { endpointsLacking } from '../config/endpoints-lacking.ts'
import type { Here } from '../config/endpoints-lacking.ts'
import { partsUnstartable } from '../config/unstartable.ts'
import { programsLacking } from '../config/programs.ts'
import type {
  ChangeNote,
  ChangeRequest,
  ClusterReply,
  ClusterSpec,
  ClusterState,
  Configuration,
  Index,
  MaintenanceOrder,
  NodeId,
} from '../model/index.ts'
import { compareSpecs, summaryOf } from '../plan/compare.ts'
import { planChange } from '../plan/plan.ts'
import { stepsBetween } from '../plan/steps.ts'
import { specFrom } from './configure.ts'
import { confirmOff } from './confirm-off.ts'
import { askElsewhere } from './vetting.ts'

/** How long an operator is kept waiting for a quorum to have a change. */
const changeMs = 15_000

/** What the daemon's driver knows and can ask for. */
interface Cluster {
  clusterState(): ClusterState
  engineStatus(): EngineStatus
  request(request: ChangeRequest, withinMs: number): Promise<ClusterReply>
}

/** What to do after each refusal. */
const nextStep: Readonly<Record<string, string>> = {
  'no-quorum': 'see which voters are missing with: movip status',
  outdated: 'look at what it would do now with: movip plan',
  'not-now': 'try again in a few seconds',
  busy: 'try again in a moment',
  timeout: 'see what became of it with: movip history',
  'ask-elsewhere': 'run the same command at a node that it names',
  'last-fit': 'make another node fit first, or insist with --force',
  'unknown-node': 'see the nodes and their sites with: movip status',
  'unknown-group': 'see the groups with: movip status',
}

/** What operators change, from the parts of this daemon. The coordinator is asked, wherever it is. */
export function changeHandlers(cluster: Cluster, interfaces: Here['interfaces']): ChangeHandlers {
  const wishes = new Wishes(cluster, interfaces)
  return {
    plan: async (target) => {
      const wanted = await wishes.specOf(target)
      if ('code' in wanted) return wanted
      const [state, status] = [cluster.clusterState(), cluster.engineStatus()]
      const plan = planChange(state, wanted, status)
      const elsewhere = askElsewhere(state.spec, wanted, status)
      return { plan: elsewhere === null ? plan : { ...plan, refused: [...plan.refused, elsewhere] } }
    },
    apply: (wish) => apply(cluster, wishes, wish),
    history: () => ({ configurations: cluster.clusterState().history ?? [] }),
    maintain: (wish) => maintain(cluster, wish),
    confirmOff: (wish) => confirmOff(cluster, wish),
  }
}

async function apply(cluster: Cluster, wishes: Wishes, { target, version, by }: ApplyWish): ReturnType<ChangeHandlers['apply']> {
  const wanted = await wishes.specOf(target)
  if ('code' in wanted) return wanted
  const state = cluster.clusterState()
  const present = presentVersion(state)
  if (present !== version) {
    const message = `the configuration is version ${present} by now, and this change was made from version ${version}`
    return refused({ code: 'outdated', message })
  }
  const elsewhere = askElsewhere(state.spec, wanted, cluster.engineStatus())
  if (elsewhere !== null) return refused({ code: 'ask-elsewhere', message: elsewhere })
  const [step, ...rest] = stepsBetween(state.spec, wanted)
  if (step === undefined) return { version, step: null, remaining: 0 }
  const summary = 'version' in target ? `back to version ${target.version}` : summaryOf(compareSpecs(state.spec, step.spec))
  const note = noteOf(by, cluster, summary)
  const done = await entered(cluster, { type: 'configure', spec: step.spec, version, note })
  return 'code' in done ? done : { version: done.index, step: step.what, remaining: rest.length }
}

async function maintain(cluster: Cluster, wish: MaintenanceWish): ReturnType<ChangeHandlers['maintain']> {
  const order = orderOf(wish, cluster.clusterState().spec)
  if ('code' in order) return refused(order)
  const nodes = 'nodes' in order ? order.nodes : []
  const what = `${order.action} ${'nodes' in wish ? wish.nodes.join(' ') : (wish.group ?? 'everything')}`
  const force = 'force' in wish && wish.force === true
  const done = await entered(cluster, { type: 'maintain', order, force, note: noteOf(wish.by, cluster, what) })
  return 'code' in done ? done : { index: done.index, nodes }
}

/** A site stands for the nodes that it has now; a node of the same name goes before it. */
function orderOf(wish: MaintenanceWish, { nodes }: ClusterSpec): MaintenanceOrder | Pick<Rejection, 'code' | 'message'> {
  if ('group' in wish) return { action: wish.action, group: wish.group }
  const named = (name: string): readonly NodeId[] => {
    if (nodes.some(({ id }) => id === name)) return [name]
    return nodes.filter(({ site }) => site === name).map(({ id }) => id)
  }
  const unknown = wish.nodes.find((name) => named(name).length === 0)
  if (unknown === undefined) return { action: wish.action, nodes: [...new Set(wish.nodes.flatMap(named))] }
  const known = [...new Set(nodes.flatMap(({ id, site }) => [id, site]))].join(', ')
  return { code: 'unknown-node', message: `there is no node and no site ${unknown}; there is ${known}` }
}

/** The configurations that operators want. */
class Wishes {
  private readonly cluster: Cluster
  private readonly interfaces: Here['interfaces']
  /** Each step of the way back to the oldest version makes a new one, and the cluster forgets the oldest. */
  private latest: Configuration | undefined

  constructor(cluster: Cluster, interfaces: Here['interfaces']) {
    this.cluster = cluster
    this.interfaces = interfaces
  }

  async specOf(target: Target): Promise<ClusterSpec | Rejection> {
    const { node, cluster } = this.cluster.engineStatus()
    const { spec: present, history = [] } = this.cluster.clusterState()
    const here = { node, interfaces: this.interfaces }
    if ('cluster' in target) return specFrom(target.cluster, target.file ?? 'cluster.yaml', { ...here, cluster, present })
    this.latest = [...history, this.latest].find((known) => known?.version === target.version) ?? this.latest
    if (this.latest?.version !== target.version) return unknownVersion(target.version, history)
    const { spec } = this.latest
    const lacking = [
      ...programsLacking(spec, node),
      ...(await endpointsLacking(spec, present, here)),
      ...(await partsUnstartable(spec, node)),
    ]
    if (lacking.length === 0) return spec
    const message = lacking.map((problem) => `version ${target.version}: ${problem}`).join('\n')
    return { code: 'CONFIG_INVALID', message, fix: `put that right, or apply a cluster.yaml like version ${target.version} without it` }
  }
}

function unknownVersion(version: Index, history: readonly Configuration[]): Rejection {
  const versions = history.map((known) => known.version).join(', ')
  const message = `version ${version} is not remembered; ${versions === '' ? 'none is' : `these are: ${versions}`}`
  return { code: 'unknown-version', message, fix: 'see them with: movip history' }
}

async function entered(cluster: Cluster, request: ChangeRequest): Promise<{ readonly index: Index } | Rejection> {
  const reply = await cluster.request(request, changeMs)
  if (!reply.ok) return refused(reply)
  if (!('index' in reply)) throw new Error('invariant: a change is answered like a move')
  return reply
}

function noteOf(by: string, cluster: Cluster, what: string): ChangeNote {
  return { at: new Date().toISOString(), by: `${by} at ${cluster.engineStatus().node}`.slice(0, 256), what: what.slice(0, 1024) }
}

function refused({ code, message }: { readonly code: string; readonly message: string }): Rejection {
  return { code, message, fix: nextStep[code] ?? 'see movip status' }
}
