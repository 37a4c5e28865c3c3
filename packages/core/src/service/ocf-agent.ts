/** Where the system keeps OCF resource agents. */
export const ocfRoot = process.env['OCF_ROOT'] ?? '/usr/lib/ocf'

/** The program of an agent that is named `provider:type`. */
export function agentFile(agent: string): string {
  const [provider = '', type = ''] = agent.split(':')
  return `${ocfRoot}/resource.d/${provider}/${type}`
}
