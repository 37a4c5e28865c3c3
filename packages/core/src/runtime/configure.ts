import type { Rejection } from '../api/refusal.ts'
import { backendsNamed, clusterSpecFromText } from '../config/cluster-file.ts'
import { lackingProblems } from '../config/endpoints-lacking.ts'
import type { Here } from '../config/endpoints-lacking.ts'
import { resolvePlugins } from '../config/plugins.ts'
import { ConfigError } from '../config/problem.ts'
import { unstartableProblems } from '../config/unstartable.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec, ClusterState } from '../model/index.ts'

const usualFile = 'cluster.yaml'

/** Whoever can bring a configuration into the log. */
interface Taker {
  configure(spec: ClusterSpec): Promise<string | null>
  engineStatus(): Pick<EngineStatus, 'node' | 'cluster' | 'coordinator'>
  clusterState(): Pick<ClusterState, 'spec'>
}

/** Checks the text of a `cluster.yaml` and has it appended to the log. null: done; it is in force once a quorum has it. */
export async function configureFrom(text: string, taker: Taker, interfaces: Here['interfaces']): Promise<Rejection | null> {
  const { node, cluster, coordinator } = taker.engineStatus()
  const spec = await specFrom(text, usualFile, { node, cluster, interfaces, present: taker.clusterState().spec })
  if ('code' in spec) return spec
  const refused = await taker.configure(spec)
  if (refused === null) return null
  return {
    code: 'NOT_NOW',
    message: refused,
    fix: `ask the coordinator (${coordinator ?? 'none is known at present'}), or try again in a few seconds`,
  }
}

/** Where a configuration is read, and what is in force there. */
export interface Reader extends Here {
  readonly cluster: string
  readonly present: ClusterSpec
}

/** Reads the text of a `cluster.yaml` of this cluster on this node; `file` is what messages call it. */
export async function specFrom(text: string, file: string, reader: Reader): Promise<ClusterSpec | Rejection> {
  const { node, cluster, present } = reader
  let spec: ClusterSpec
  try {
    spec = clusterSpecFromText(text, file, await resolvePlugins(backendsNamed(text)), node)
    const refusals = [...(await lackingProblems(spec, present, reader, text, file)), ...(await unstartableProblems(spec, node, text, file))]
    if (refusals.length > 0) throw new ConfigError(refusals)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { code: 'CONFIG_INVALID', message: error.message, fix: `correct ${file}`, problems: error.problems }
  }
  if (spec.name === cluster) return spec
  const message = `this is the cluster ${cluster}, and the configuration is one of ${spec.name}`
  return { code: 'OTHER_CLUSTER', message, fix: `write cluster: ${cluster}, or ask a node of ${spec.name}` }
}
