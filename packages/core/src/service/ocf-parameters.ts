import { nearest } from '../config/nearest.ts'
import { runProgram } from '../programs/run.ts'
import { agentFile, ocfRoot } from './ocf-agent.ts'
import { parseMetadata } from './ocf-metadata.ts'
import type { Metadata } from './ocf-metadata.ts'

/** Parameters that an OCF agent is to be given. */
interface Given {
  /** `provider:type` */
  readonly agent: string
  readonly parameters: Readonly<Record<string, string>>
}

/** What an agent's own description has against a parameter. */
export interface ParameterFault {
  readonly name: string
  /** null: it is missing. */
  readonly value: string | null
  readonly expected: string
  readonly message: string
  readonly fix: string
}

/** An agent that takes longer to describe itself is not waited for. */
const describeMs = 5000

export function parameterFaults({ agent, parameters }: Given, metadata: Metadata): readonly ParameterFault[] {
  const known = metadata.parameters.map(({ name }) => name)
  const unknown = Object.entries(parameters).filter(([name]) => !known.includes(name))
  const missing = metadata.parameters.filter(({ name, required }) => required && parameters[name] === undefined)
  return [
    ...unknown.map(([name, value]) => {
      const meant = nearest(name, known)
      const fix = meant === null ? `use one of ${known.join(', ')}` : `write ${meant}`
      return { name, value, expected: `a parameter of ${agent}`, message: `${agent} has no parameter ${name}`, fix }
    }),
    ...missing.map(({ name }) => ({
      name,
      value: null,
      expected: `the parameter ${name}`,
      message: `${agent} needs the parameter ${name}`,
      fix: `add it under parameters: of the service`,
    })),
  ]
}

/** What the agent of this machine says of itself; null: nothing, which is told by whoever looks at the machine. */
export async function describeAgent(agent: string): Promise<Metadata | null> {
  const argv = [agentFile(agent), 'meta-data']
  const env = { OCF_ROOT: ocfRoot, OCF_RA_VERSION_MAJOR: '1', OCF_RA_VERSION_MINOR: '1' }
  const described = await runProgram({ argv, env, signal: AbortSignal.timeout(describeMs) }).catch(() => null)
  return described === null ? null : parseMetadata(described.stdout)
}
