import type { BalancerConfig } from './config.ts'

/** Backends are known by their place, from 1: 0 is nobody. */
const markOf = (index: number): number => index + 1

/** Where packets with the mark of a backend go, in the kernel's numbers. */
export const tableOf = (index: number): number => 100 + markOf(index)

/**
 * What decides where a packet goes, as one transaction. Both directions of a flow come by, so that the kernel knows which packets belong to one:
 * a flow stays where it began, by its mark.
 */
export function balancingRules(
  { address, servicePorts, backends, oldFlows, allDown }: BalancerConfig,
  healthy: ReadonlySet<string>,
): string {
  const family = address.includes(':') ? 'ip6' : 'ip'
  const marks = backends.flatMap(({ name, isMember }, index) => (isMember === false ? [] : [{ name, mark: markOf(index) }]))
  const up = marks.filter(({ name }) => healthy.has(name))
  const chosen = up.length === 0 && allDown === 'all' ? marks : up
  const kept = oldFlows === 'keep' ? marks : chosen
  const set = (of: readonly { readonly mark: number }[]): string => of.map(({ mark }) => mark).join(', ')
  const slots = chosen.map(({ mark }, slot) => `${slot} : ${mark}`).join(', ')
  const pick =
    chosen.length === 0
      ? ['counter drop']
      : [`meta mark set jhash ${family} saddr . th sport . th dport mod ${chosen.length} map { ${slots} }`, 'ct mark set meta mark']
  return [
    'table inet balancer {',
    'chain balance {',
    'type filter hook prerouting priority mangle; policy accept;',
    `${family} daddr != ${address} accept`,
    ...(servicePorts === undefined ? [] : [`th dport != { ${servicePorts.join(', ')} } counter drop`]),
    ...(kept.length === 0 ? [] : [`ct mark { ${set(kept)} } meta mark set ct mark accept`]),
    ...pick,
    '}',
    '}',
  ].join('\n')
}
