import type { Candidate, Finding } from '@movip/core/backend'
import type { Told } from './flip.ts'
import type { Identity } from './identity.ts'

export interface MembersSeen {
  /** Of every instance behind the service. */
  readonly told: readonly Told[]
  readonly identity: Identity
  readonly candidates: readonly Candidate[]
  readonly node: string
  readonly service: string
}

/** Behind the service there should be exactly those who may hold the group. */
export function memberFindings({ told, identity, candidates, node, service }: MembersSeen): readonly Finding[] {
  const finding = (severity: Finding['severity'], code: string, message: string, fix: string): Finding => ({
    severity,
    code,
    message: `backend service ${service}: ${message}`,
    fix,
  })
  const isOwn = ({ instance, address }: Told): boolean => instance === identity.name || identity.interfaces.some(({ ip }) => ip === address)
  const others = candidates.filter((candidate) => candidate.node !== node)
  const missing = others.filter(({ addresses }) => !told.some(({ address }) => addresses.includes(address)))
  const known = candidates.flatMap(({ addresses }) => addresses)
  const strangers = told.filter((each) => !isOwn(each) && !known.includes(each.address))
  return [
    ...(told.some(isOwn)
      ? []
      : [
          finding(
            'error',
            'GCP_NOT_BEHIND',
            'this node is in none of its groups, and never gets traffic',
            `add ${identity.name} to a group of it`,
          ),
        ]),
    ...(missing.length === 0
      ? []
      : [
          finding(
            'warning',
            'GCP_GROUP_LACKS',
            `${missing.map((each) => each.node).join(', ')} may hold the group and is not found behind it by address`,
            'add its instance to a group of the service, or take it from the nodes of the group',
          ),
        ]),
    ...(strangers.length === 0
      ? []
      : [
          finding(
            'warning',
            'GCP_GROUP_STRANGER',
            `${strangers.map(({ instance }) => instance).join(', ')} is behind it and may not hold the group: whatever answers the check there gets traffic`,
            'take it from the groups of the service, or add its node to the group',
          ),
        ]),
  ]
}
