import type { protos } from '@google-cloud/compute'
import { liesIn } from '@movip/backend-arp/ip'

/** All that guards one interface of an instance. */
export type Firewalls = protos.google.cloud.compute.v1.IInstancesGetEffectiveFirewallsResponse
type PolicyRule = protos.google.cloud.compute.v1.IFirewallPolicyRule
type Policy = NonNullable<Firewalls['firewallPolicys']>[number]
type VpcRule = NonNullable<Firewalls['firewalls']>[number]

/** What keeps questions of a balancer from a port. */
export interface Obstacle {
  /** Range from which it asks. */
  readonly from: string
  /** The rule that denies them; null: none lets them in, and what nobody lets in stays outside. */
  readonly rule: string | null
}

/** One rule, of whatever kind: what it says about what comes in. */
interface Rule {
  readonly name: string
  readonly says: 'allow' | 'deny' | 'next'
  readonly sources: readonly string[]
  readonly layers: readonly { readonly protocol: string; readonly ports: readonly string[] }[]
}

/** The first obstacle to questions from these ranges; null: there is none. In the order in which Google looks: hierarchical policies, rules of the network, its policies. */
export function obstacleTo({ firewalls, firewallPolicys }: Firewalls, ranges: readonly string[], port: number): Obstacle | null {
  const policies = firewallPolicys ?? []
  const isAbove = ({ type }: Policy): boolean => type === 'HIERARCHY'
  const inOrder = [
    ...policies.filter(isAbove).map(ofPolicy),
    ofNetwork(firewalls ?? []),
    ...policies.filter((policy) => !isAbove(policy)).map(ofPolicy),
  ]
  for (const from of ranges) {
    const verdict = verdictOf(inOrder, from, port)
    if (verdict?.says !== 'allow') return { from, rule: verdict?.name ?? null }
  }
  return null
}

/** The rule that decides; null: none does. */
function verdictOf(lists: readonly (readonly Rule[])[], from: string, port: number): Rule | null {
  for (const rules of lists) {
    const first = rules.find((rule) => rule.layers.some((layer) => isAbout(layer, port)) && reaches(rule, from))
    if (first !== undefined && first.says !== 'next') return first
  }
  return null
}

/** What denies a part of a range is an obstacle to it, what allows a part of it is not enough. */
function reaches({ says, sources }: Rule, from: string): boolean {
  return sources.some((source) => liesIn(from, source) || (says === 'deny' && liesIn(source, from)))
}

function isAbout({ protocol, ports }: Rule['layers'][number], port: number): boolean {
  if (!['all', 'tcp', '6'].includes(protocol.toLowerCase())) return false
  if (ports.length === 0) return true
  return ports.some((range) => {
    const [low = Number.NaN, high = low] = range.split('-').map(Number)
    return low <= port && port <= high
  })
}

function ofPolicy({ rules, name, shortName }: Policy): readonly Rule[] {
  const live = (rules ?? []).filter(isLive).toSorted(byPriority)
  return live.map(({ action, match, priority }) => ({
    name: `${shortName ?? name ?? 'a policy'}, priority ${priority ?? 0}`,
    says: action === 'deny' ? 'deny' : action === 'goto_next' ? 'next' : 'allow',
    sources: match?.srcIpRanges ?? [],
    layers: (match?.layer4Configs ?? []).map(({ ipProtocol, ports }) => ({ protocol: ipProtocol ?? '', ports: ports ?? [] })),
  }))
}

function ofNetwork(rules: readonly VpcRule[]): readonly Rule[] {
  // Of equal priority, what denies wins.
  const live = rules.filter(isLive).toSorted((a, b) => byPriority(a, b) || (b.denied?.length ?? 0) - (a.denied?.length ?? 0))
  return live.map(({ name, allowed, denied, sourceRanges }) => {
    const denies = (denied ?? []).length > 0
    const layers = ((denies ? denied : allowed) ?? []).map(({ IPProtocol, ports }) => ({ protocol: IPProtocol ?? '', ports: ports ?? [] }))
    return { name: name ?? '', says: denies ? 'deny' : 'allow', sources: sourceRanges ?? [], layers }
  })
}

function isLive({ direction, disabled }: VpcRule | PolicyRule): boolean {
  return direction !== 'EGRESS' && disabled !== true
}

function byPriority(a: VpcRule | PolicyRule, b: VpcRule | PolicyRule): number {
  return (a.priority ?? 1000) - (b.priority ?? 1000)
}
