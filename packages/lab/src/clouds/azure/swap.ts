import type { Answer } from '../control-plane.ts'
import { checkPublicAddresses } from './addresses.ts'
import { isFields } from './contract.ts'
import type { Fields, Json } from './contract.ts'
import { ArmFault } from './fault.ts'
import { isSame } from './ids.ts'
import { childOf, targetOf, wholeOf } from './targets.ts'
import { apply, exists, newEtag, newGuid } from './world.ts'
import type { Frontend, LoadBalancer, World } from './world.ts'
import { following } from './writes.ts'
import type { Context } from './writes.ts'

interface Change {
  readonly balancer: LoadBalancer
  readonly frontend: Frontend
  readonly address: string
}

/** Frontends of several load balancers get each other's public addresses, all at once or not at all. */
export function swapPublicAddresses(context: Context): Answer {
  const { world, call, principal, operations } = context
  const changes = changesAsked(world, call.body ?? {})
  const balancers = [...new Set(changes.map(({ balancer }) => balancer))]
  for (const { id } of balancers) operations.refuseOverlap(id, world.location)
  const drafts = balancers.map((balancer) => ({ balancer, frontends: frontendsAfter(balancer, changes) }))
  checkPublicAddresses(
    world,
    balancers,
    drafts.flatMap(({ frontends }) => frontends),
  )
  for (const { balancer, frontends } of drafts) {
    balancer.properties = { ...balancer.properties, frontendIPConfigurations: frontends }
    balancer.state = 'Updating'
  }
  const course = operations.courseOf(call, principal)
  const end = (later: World): void => {
    const isGood = course.outcome === 'Succeeded'
    for (const balancer of balancers) {
      if (isGood || course.applied) apply(later, balancer)
      if (!isGood) Object.assign(balancer, { state: course.outcome, etag: newEtag(later) })
    }
  }
  const [first] = balancers
  const started = operations.start({ id: newGuid(world), course, call, resource: first?.id ?? null, end, result: null })
  return { status: 202, body: '', headers: following(context, started, 'both') }
}

function changesAsked(world: World, body: Fields): readonly Change[] {
  const list = body['frontendIPConfigurations']
  const items = Array.isArray(list) ? (list as readonly Json[]).filter((item) => isFields(item)) : []
  if (items.length === 0) throw new ArmFault('InvalidRequestFormat', 'No frontend IP configuration is named.')
  return items.map(({ id, properties }): Change => {
    const wanted = isFields(properties) ? properties['publicIPAddress'] : undefined
    const address = isFields(wanted) ? wanted['id'] : undefined
    if (typeof id !== 'string' || typeof address !== 'string')
      throw new ArmFault('InvalidRequestFormat', 'A frontend IP configuration or its public IP address has no id.')
    const target = targetOf(world, id)
    if (target.kind !== 'loadBalancers' || !isSame(target.list, 'frontendIPConfigurations'))
      throw new ArmFault('InvalidRequestFormat', `${id} is no frontend IP configuration.`)
    if (!exists(world, address))
      throw new ArmFault('InvalidResourceReference', `Resource ${address} referenced by resource ${id} was not found.`)
    return { balancer: wholeOf(target) as LoadBalancer, frontend: childOf(target) as Frontend, address }
  })
}

function frontendsAfter({ properties }: LoadBalancer, changes: readonly Change[]): readonly Frontend[] {
  return properties.frontendIPConfigurations.map((frontend) => {
    const change = changes.find((one) => one.frontend === frontend)
    return change === undefined
      ? frontend
      : { ...frontend, properties: { ...frontend.properties, publicIPAddress: { id: change.address } } }
  })
}
