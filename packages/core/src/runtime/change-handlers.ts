import type { ApplyWish, ChangeHandlers, MaintenanceWish, Target } from '../api/change-routes.ts'
import type { Rejection } from '../api/refusal.ts'
import { presentVersion } from '../engine/history.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ChangeNote, ChangeRequest, ClusterReply, ClusterSpec, ClusterState, Index, MaintenanceOrder, NodeId } from '../model/index.ts'
import { compareSpecs, summaryOf } from '../plan/compare.ts'
import { planChange } from '../plan/plan.ts'
import { stepsBetween } from '../plan/steps.ts'
import { specFrom } from './configure.ts'
import { confirmOff } from './confirm-off.ts'

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
  'last-fit': 'make another node fit first, or insist with --force',
  'unknown-node': 'see the nodes and their sites with: movip status',
  'unknown-group': 'see the groups with: movip status',
}

/** What operators change, from the parts of this daemon. The coordinator is asked, wherever it is. */
export function changeHandlers(cluster: Cluster): ChangeHandlers {
  return {
    plan: async (wanted) => {
      const spec = await specOf(wanted, cluster)
      return 'code' in spec ? spec : { plan: planChange(cluster.clusterState(), spec, cluster.engineStatus()) }
    },
    apply: (wish) => apply(cluster, wish),
    history: () => ({ configurations: cluster.clusterState().history ?? [] }),
    maintain: (wish) => maintain(cluster, wish),
    confirmOff: (wish) => confirmOff(cluster, wish),
  }
}

async function apply(cluster: Cluster, { target, version, by }: ApplyWish): ReturnType<ChangeHandlers['apply']> {
  const wanted = await specOf(target, cluster)
  if ('code' in wanted) return wanted
  const state = cluster.clusterState()
  const present = presentVersion(state)
  if (present !== version) {
    const message = `the configuration is version ${present} by now, and this change was made from version ${version}`
    return refused({ code: 'outdated', message })
  }
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

async function specOf(target: Target, cluster: Cluster): Promise<ClusterSpec | Rejection> {
  if ('cluster' in target) return specFrom(target.cluster, target.file ?? 'cluster.yaml', cluster.engineStatus())
  const { history = [] } = cluster.clusterState()
  const known = history.find(({ version }) => version === target.version)
  if (known !== undefined) return known.spec
  const versions = history.map(({ version }) => version).join(', ')
  const message = `version ${target.version} is not remembered; ${versions === '' ? 'none is' : `these are: ${versions}`}`
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
