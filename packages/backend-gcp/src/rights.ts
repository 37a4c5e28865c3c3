import type { Right } from '@movip/core/backend'
import type { IlbOptions } from './ilb-options.ts'

/** The least that `gcp-ilb` must be allowed, in the words of Google's roles. Nothing of it changes anything, and no move depends on it. */
export function ilbRights({ project = '*' }: IlbOptions): readonly Right[] {
  const actions = ['forwardingRules.get', 'regionBackendServices.get', 'regionHealthChecks.get', 'healthChecks.get', 'instanceGroups.list']
  return actions.map((action) => ({ action: `compute.${action}`, resource: `projects/${project}` }))
}
