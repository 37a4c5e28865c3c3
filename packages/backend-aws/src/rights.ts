import type { Right } from '@movip/core/backend'
import type { ElasticOptions, PrivateOptions, RouteOptions } from './options.ts'

// The least that each kind of endpoint must be allowed, in the words of IAM. What only lists knows no resources.

interface Where {
  readonly region?: string | undefined
  readonly role?: string | undefined
}

const arn = (what: string, { region = '*' }: Where): string => `arn:aws:ec2:${region}:*:${what}`

function listing(actions: readonly string[]): readonly Right[] {
  return actions.map((action) => ({ action: `ec2:${action}`, resource: '*' }))
}

/** With a role the rights belong to that, and this node must only be allowed to take it on. */
function asRole(rights: readonly Right[], { role }: Where): readonly Right[] {
  return role === undefined ? rights : [{ action: 'sts:AssumeRole', resource: role }, ...rights.map((right) => ({ ...right, as: role }))]
}

export function routeRights(options: RouteOptions): readonly Right[] {
  const { routeTables: choice } = options
  const changes = ['ReplaceRoute', 'CreateRoute'].map((name) => `ec2:${name}`)
  const on = (resource: string, condition?: Right['condition']): readonly Right[] =>
    changes.map((action) => ({ action, resource, ...(condition === undefined ? {} : { condition }) }))
  const all = arn('route-table/*', options)
  const tables = (): readonly Right[] => {
    if (Array.isArray(choice)) return choice.flatMap((id) => on(arn(`route-table/${id}`, options)))
    if ('vpc' in choice) return on(all, { ArnEquals: { 'ec2:Vpc': arn(`vpc/${choice.vpc}`, options) } })
    if (!('tag' in choice)) return on(all)
    return on(all, {
      StringEquals: Object.fromEntries(Object.entries(choice.tag).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
    })
  }
  return asRole([...listing(['DescribeRouteTables', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DescribeVpcs']), ...tables()], options)
}

export function elasticRights(options: ElasticOptions): readonly Right[] {
  const resources = [arn(`elastic-ip/${options.allocation}`, options), arn('network-interface/*', options)]
  const associate = resources.map((resource) => ({ action: 'ec2:AssociateAddress', resource }))
  return asRole([...listing(['DescribeAddresses']), ...associate], options)
}

export function privateRights(options: PrivateOptions): readonly Right[] {
  const changes = options.address.includes(':') ? ['AssignIpv6Addresses', 'UnassignIpv6Addresses'] : ['AssignPrivateIpAddresses']
  const resource = arn('network-interface/*', options)
  const assign = changes.map((action) => ({ action: `ec2:${action}`, resource }))
  return asRole([...listing(['DescribeNetworkInterfaces', 'DescribeSubnets']), ...assign], options)
}
