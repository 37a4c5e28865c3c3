import type { Rejection } from '../api/server.ts'
import { backendsNamed, clusterSpecFromText } from '../config/cluster-file.ts'
import { resolvePlugins } from '../config/plugins.ts'
import { ConfigError } from '../config/problem.ts'
import type { EngineStatus } from '../engine/types.ts'
import type { ClusterSpec } from '../model/index.ts'

const file = 'cluster.yaml'

/** Whoever can bring a configuration into the log. */
interface Taker {
  configure(spec: ClusterSpec): Promise<string | null>
  engineStatus(): Pick<EngineStatus, 'cluster' | 'coordinator'>
}

/** Checks the text of a `cluster.yaml` and has it appended to the log. null: done; it is in force once a quorum has it. */
export async function configureFrom(text: string, taker: Taker): Promise<Rejection | null> {
  const spec = await specFrom(text)
  if (spec instanceof ConfigError) return { code: 'CONFIG_INVALID', message: spec.message, fix: `correct ${file}` }
  const { cluster, coordinator } = taker.engineStatus()
  if (spec.name !== cluster) {
    const message = `this is the cluster ${cluster}, and the configuration is one of ${spec.name}`
    return { code: 'OTHER_CLUSTER', message, fix: `write cluster: ${cluster}, or ask a node of ${spec.name}` }
  }
  const refused = await taker.configure(spec)
  if (refused === null) return null
  return {
    code: 'NOT_NOW',
    message: refused,
    fix: `ask the coordinator (${coordinator ?? 'none is known at present'}), or try again in a few seconds`,
  }
}

async function specFrom(text: string): Promise<ClusterSpec | ConfigError> {
  try {
    return clusterSpecFromText(text, file, await resolvePlugins(backendsNamed(text)))
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}
