import type { Fields } from './contract.ts'
import { GcpFault } from './fault.ts'

/** What an operation is about, and how far it is. */
export interface Operation {
  readonly name: string
  /** `global`, `regions/europe-west1` or `zones/europe-west1-b`. */
  readonly scope: string
  readonly type: string
  /** Path of what it changes. */
  readonly target: string
  readonly user: string
  status: 'PENDING' | 'RUNNING' | 'DONE'
  error: { readonly code: string; readonly message: string; readonly status: number } | null
}

/** Everything of one project, as the control plane knows it. A document is found by its path below the project: `zones/z/instances/i`. */
export interface World {
  readonly project: string
  readonly documents: Map<string, Fields>
  readonly operations: Map<string, Operation>
  /** By the instance's path: what balancers think of it. */
  readonly health: Map<string, 'HEALTHY' | 'UNHEALTHY'>
  /** Counts what was made, for its ids. */
  made: number
}

export function emptyWorld(project: string): World {
  return { project, documents: new Map(), operations: new Map(), health: new Map(), made: 0 }
}

/** `https://www.googleapis.com/compute/v1/projects/shop/global/routes/r` */
export function linkOf({ project }: World, path: string): string {
  return `https://www.googleapis.com/compute/v1/projects/${project}/${path}`
}

/** A link, whole or from `projects/` on, as a path below its project. */
export function pathOf(link: string): string {
  return link.replace(/^(https:\/\/[^/]+\/compute\/v1\/)?projects\/[^/]+\//, '')
}

export function newId(world: World): string {
  world.made += 1
  return String(1_000_000_000_000_000_000n + BigInt(world.made))
}

/** Adds what a scenario begins with, and what calls insert. */
export function addDocument(world: World, path: string, fields: Fields): void {
  const [collection = '', name = ''] = path.split('/').slice(-2)
  const kind = `compute#${singularOf(collection)}`
  world.documents.set(path, { kind, id: newId(world), name, selfLink: linkOf(world, path), ...fields })
}

/** What stands at a path. Throws `GcpFault` where nothing does. */
export function found(world: World, path: string): Fields {
  const document = world.documents.get(path)
  if (document === undefined) throw new GcpFault('notFound', `The resource 'projects/${world.project}/${path}' was not found`)
  return document
}

function singularOf(collection: string): string {
  return collection === 'addresses' ? 'address' : collection.replace(/s$/, '')
}
