import type { BalancerConfig } from './config.ts'

/** Backends are known by their place, from 1: 0 is nobody. */
const markOf = (index: number): number => index + 1

/** Where packets with the mark of a backend go, in the kernel's numbers. */
export const tableOf = (index: number): number => 100 + markOf(index)

/**
 * What decides where a packet goes, as one transaction. Both directions of a flow come by, so that the kernel knows which packets belong to one:
 * a flow stays where it began, by its mark.
 */
export function balancingRules(config: BalancerConfig, healthy: ReadonlySet<string>): string {
  const { address, servicePorts, backends, oldFlows, allDown } = config
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
    // What nobody has answered is no flow so far: whoever tries again is led anew.
    ...(kept.length === 0 ? [] : [`ct state established,related ct mark { ${set(kept)} } meta mark set ct mark accept`]),
    ...pick,
    '}',
    ...translation(config),
    '}',
  ].join('\n')
}

/** By its mark a flow is known to be for a backend, and bears that one's address from here on. Answers are rewritten by the kernel. */
function translation({ address, backends, translated }: BalancerConfig): readonly string[] {
  if (translated === undefined) return []
  const family = address.includes(':') ? 'ip6' : 'ip'
  const place = (own: string): string => (family === 'ip6' ? `[${own}]` : own)
  const rules = backends.flatMap(({ address: own }, index) =>
    translated.map(({ front, back }) => {
      const what = front === 0 ? '' : `meta l4proto { tcp, udp } th dport ${front} `
      return `${family} daddr ${address} meta mark ${markOf(index)} ${what}dnat ${family} to ${front === 0 ? own : `${place(own)}:${back}`}`
    }),
  )
  return ['chain translate {', 'type nat hook prerouting priority dstnat; policy accept;', ...rules, '}']
}
