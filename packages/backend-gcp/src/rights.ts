import type { Right } from '@movip/core/backend'
import type { AliasOptions, RouteOptions } from './led-options.ts'
import type { IlbOptions } from './ilb-options.ts'

/** The least that `gcp-ilb` must be allowed, in the words of Google's roles. Nothing of it changes anything, and no move depends on it. */
export function ilbRights({ project = '*' }: IlbOptions): readonly Right[] {
  const actions = [
    'forwardingRules.get',
    'regionBackendServices.get',
    'regionHealthChecks.get',
    'healthChecks.get',
    'instanceGroups.list',
    'instances.getEffectiveFirewalls',
  ]
  return inProject(actions, project)
}

export function routeRights({ project = '*' }: RouteOptions): readonly Right[] {
  const routes = ['routes.list', 'routes.create', 'routes.delete', 'globalOperations.get']
  // Whoever makes a route changes its network, and uses the instance that it leads to.
  return inProject([...routes, 'networks.updatePolicy', 'instances.get', 'instances.use'], project)
}

export function aliasRights({ project = '*' }: AliasOptions): readonly Right[] {
  const instances = ['instances.list', 'instances.get', 'instances.updateNetworkInterface', 'zoneOperations.get']
  return inProject([...instances, 'subnetworks.use'], project)
}

function inProject(actions: readonly string[], project: string): readonly Right[] {
  return actions.map((action) => ({ action: `compute.${action}`, resource: `projects/${project}` }))
}
