import { createHash } from 'node:crypto'
import { liesIn } from '../aws/cidr.ts'
import type { Call } from './call.ts'
import { textOf } from './contract.ts'
import type { Fields } from './contract.ts'
import { GcpFault } from './fault.ts'
import { addDocument, found, pathOf } from './world.ts'
import type { World } from './world.ts'

/** A change: what it is about, and what it does once it is carried out. */
export interface Change {
  readonly target: string
  /** Throws `GcpFault` where it turns out to be impossible. */
  readonly apply: (world: World) => void
}

type Write = (world: World, call: Call) => Change

const writes: Readonly<Record<string, Write>> = {
  'compute.routes.insert': insertRoute,
  'compute.routes.delete': remove,
  'compute.forwardingRules.setTarget': setTarget,
  'compute.instances.updateNetworkInterface': updateInterface,
  'compute.regionHealthChecks.patch': patch,
  'compute.regionBackendServices.patch': patch,
  'compute.firewalls.insert': insert,
  'compute.firewalls.delete': remove,
  'compute.targetInstances.insert': insert,
  'compute.targetInstances.delete': remove,
}

/** What a call would change. Throws `GcpFault` where the service refuses it at once. */
export function changeOf(world: World, call: Call): Change {
  const write = writes[call.action]
  if (write === undefined) throw new GcpFault('badRequest', `${call.action} is not to be had here`)
  return write(world, call)
}

function insert(world: World, { path, body }: Call): Change {
  const target = `${path}/${textOf(body, 'name')}`
  const refuse = (now: World): void => {
    if (now.documents.has(target)) throw new GcpFault('alreadyExists', `The resource 'projects/${now.project}/${target}' already exists`)
  }
  refuse(world)
  return {
    target,
    apply(changed) {
      refuse(changed)
      addDocument(changed, target, body)
    },
  }
}

/** Routes cannot be changed: another one is inserted, and the old one deleted. */
function insertRoute(world: World, call: Call): Change {
  const { body } = call
  const hops = ['nextHopInstance', 'nextHopIp', 'nextHopGateway', 'nextHopIlb', 'nextHopNetwork'].filter((name) => body[name] !== undefined)
  if (hops.length !== 1) throw new GcpFault('invalid', "Invalid value for field 'resource': exactly one next hop must be specified.")
  const priority = Number(body['priority'] ?? 1000)
  if (!(priority >= 0 && priority <= 65_535)) throw new GcpFault('invalid', `Invalid value for field 'resource.priority': '${priority}'.`)
  found(world, pathOf(textOf(body, 'network')))
  if (body['nextHopInstance'] !== undefined) {
    const instance = found(world, pathOf(textOf(body, 'nextHopInstance')))
    if (instance['canIpForward'] !== true)
      throw new GcpFault('invalid', "Invalid value for field 'resource.nextHopInstance': the instance must have canIpForward set.")
  }
  return insert(world, { ...call, body: { priority, ...body } })
}

function remove(world: World, { path }: Call): Change {
  found(world, path)
  return { target: path, apply: (changed) => void (found(changed, path), changed.documents.delete(path)) }
}

/** What is not said stays as it is. */
function patch(world: World, { path, body }: Call): Change {
  found(world, path)
  return { target: path, apply: (changed) => void changed.documents.set(path, { ...found(changed, path), ...body }) }
}

function setTarget(world: World, { path, body }: Call): Change {
  const rule = path.replace(/\/setTarget$/, '')
  const { target } = body
  const before = found(world, rule)
  if (before['backendService'] !== undefined)
    throw new GcpFault('invalid', 'The forwarding rule points at a backend service: its target cannot be set.')
  const [kind, kindBefore] = [body, before].map((fields) => pathOf(textOf(fields, 'target')).split('/').at(-2))
  if (kind !== kindBefore)
    throw new GcpFault('invalid', `Invalid value for field 'resource.target': the new target must be of the kind ${kindBefore ?? ''}.`)
  found(world, pathOf(textOf(body, 'target')))
  return { target: rule, apply: (changed) => void changed.documents.set(rule, { ...found(changed, rule), target }) }
}

/** The whole list of alias ranges is replaced, if its fingerprint says that the caller has seen the present one. */
function updateInterface(world: World, { path, body, parameters }: Call): Change {
  const target = path.replace(/\/updateNetworkInterface$/, '')
  const wanted = (body['aliasIpRanges'] ?? []) as readonly Fields[]
  const update = (now: World): void => {
    const instance = found(now, target)
    const interfaces = (instance['networkInterfaces'] ?? []) as readonly Fields[]
    const own = interfaces.find(({ name }) => name === parameters['networkInterface'])
    if (own === undefined) throw new GcpFault('invalid', `Invalid value for field 'networkInterface': there is none on the instance.`)
    if (body['fingerprint'] !== fingerprintOf(own))
      throw new GcpFault('conditionNotMet', 'Supplied fingerprint does not match current fingerprint.')
    for (const range of wanted) refuseTaken(now, target, textOf(range, 'ipCidrRange'))
    const changed = { ...own, aliasIpRanges: wanted }
    const after = { ...changed, fingerprint: fingerprintOf(changed) }
    now.documents.set(target, { ...instance, networkInterfaces: interfaces.map((one) => (one === own ? after : one)) })
  }
  update(structuredClone(world))
  return { target, apply: update }
}

/** Of all that can be changed of an interface. */
export function fingerprintOf({ aliasIpRanges = [], network = '' }: Fields): string {
  return createHash('sha256')
    .update(JSON.stringify([aliasIpRanges, network]))
    .digest('base64')
    .slice(0, 12)
}

function refuseTaken(world: World, own: string, range: string): void {
  for (const [path, document] of world.documents) {
    if (path === own || !/\/instances\//.test(path)) continue
    for (const one of (document['networkInterfaces'] ?? []) as readonly Fields[]) {
      const ranges = ((one['aliasIpRanges'] ?? []) as readonly Fields[]).map((taken) => whole(textOf(taken, 'ipCidrRange')))
      if (ranges.some((other) => liesIn(whole(range), other) || liesIn(other, whole(range))))
        throw new GcpFault('invalid', `Invalid value for field 'resource.aliasIpRanges': '${range}'. It is used by another resource.`)
    }
  }
}

const whole = (range: string): string => (range.includes('/') ? range : `${range}/32`)
