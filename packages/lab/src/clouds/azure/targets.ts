import type { Call } from './call.ts'
import { childDocument, documentOf } from './documents.ts'
import type { Fields } from './contract.ts'
import { ArmFault } from './fault.ts'
import { isSame, partsOf } from './ids.ts'
import type { IdParts } from './ids.ts'
import { childrenOf, kinds } from './world.ts'
import type { Child, Kind, Resource, World } from './world.ts'

/** What a call is about. */
export interface Target extends IdParts {
  readonly kind: Kind
  readonly resource: Resource | undefined
}

export function kindOf(text: string | undefined): Kind {
  const kind = kinds.find((one) => isSame(one, text))
  if (kind === undefined)
    throw new ArmFault('InvalidResourceType', `The resource type '${text ?? ''}' could not be found in the namespace 'Microsoft.Network'.`)
  return kind
}

/** What this id is about, whether it is there or not. */
export function targetOf(world: World, id: string): Target {
  const found = partsOf(id)
  if (found === null) throw new ArmFault('InvalidResourceReference', `${id} is no resource.`)
  const kind = kindOf(found.kind)
  return { ...found, kind, resource: (world[kind] as readonly Resource[]).find((one) => isSame(one.id, found.top)) }
}

/** The whole resource that a call is about. Throws `ArmFault` where it is not there. */
export function wholeOf({ resource, kind, name, group }: Target): Resource {
  if (resource !== undefined) return resource
  throw new ArmFault(
    'ResourceNotFound',
    `The Resource 'Microsoft.Network/${kind}/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  )
}

export function childOf(target: Target): Child {
  const { list = '', child = '', top } = target
  const found = childrenOf(wholeOf(target), list).find(({ name }) => isSame(name, child))
  if (found === undefined) throw new ArmFault('NotFound', `Resource ${top}/${list}/${child} not found.`)
  return found
}

/** What a read of this tells. Throws `ArmFault` where it is not there. */
export function targetDocument(world: World, target: Target): Fields {
  const resource = wholeOf(target)
  const { kind, list } = target
  return list === undefined
    ? documentOf(world, kind, resource)
    : childDocument(world, { kind, resource, list: listName(target), child: childOf(target) })
}

/** The name of a list as the contract writes it. */
function listName(target: Target): string {
  const { list = '' } = target
  return Object.keys(wholeOf(target).properties).find((name) => isSame(name, list)) ?? list
}

/** The id of what a call asks for, without what is to be done with it. */
export function idAsked({ path }: Pick<Call, 'path'>): string {
  const segments = path.split('/')
  // '', subscriptions, S, resourceGroups, G, providers, Microsoft.Network, kind, name[, list, child[, verb]]
  const length = segments.length > 11 ? 11 : segments.length
  return segments.slice(0, length % 2 === 0 ? length - 1 : length).join('/')
}
