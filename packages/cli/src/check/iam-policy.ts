import type { Right } from '@movip/core/backend'

/** A policy of AWS, as `aws iam put-role-policy` takes it. */
export interface Policy {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Right['condition']
}

/** Whose policy it is: the role of the nodes, or one that they take on. */
export interface PolicyOf {
  readonly role: string | null
  readonly policy: Policy
}

/** The least policies that allow these rights, one for each role: what goes for the same resources stands together. */
export function policiesOf(rights: readonly Right[]): readonly PolicyOf[] {
  const roles = [...new Set(rights.map((right) => right.as ?? null))]
  return roles.map((role) => ({ role, policy: policyOf(rights.filter((right) => (right.as ?? null) === role)) }))
}

function policyOf(rights: readonly Right[]): Policy {
  const keyOf = ({ condition = {} }: Right): string => JSON.stringify(condition)
  const resourcesOf = (action: string, key: string): readonly string[] =>
    unique(rights.filter((right) => right.action === action && keyOf(right) === key).map(({ resource }) => resource))
  const statements = new Map<string, { actions: Set<string>; resources: readonly string[]; condition: Right['condition'] }>()
  for (const right of rights) {
    const resources = resourcesOf(right.action, keyOf(right))
    const key = `${resources.join()} ${keyOf(right)}`
    const statement = statements.get(key) ?? { actions: new Set<string>(), resources, condition: right.condition }
    statement.actions.add(right.action)
    statements.set(key, statement)
  }
  const Statement = [...statements.values()].map(({ actions, resources, condition }) => ({
    Effect: 'Allow' as const,
    Action: [...actions].toSorted(),
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  }))
  return { Version: '2012-10-17', Statement }
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted()
}
