import { BackendError } from '@movip/core/backend'
import type { Document } from './documents.ts'
import { isSameId, lastOf } from './resource-id.ts'

/** What goes from one network interface to another: a secondary address, a public IP, or both. Never neither. */
export interface Moved {
  readonly address: string | null
  /** Resource id. It stands for `address`, or else for the interface's first address. */
  readonly publicAddress: string | null
}

/** Its name for people, and in the journal. */
export function nameOf({ address, publicAddress }: Moved): string {
  return address ?? lastOf(publicAddress ?? '')
}

export function configurationsOf({ properties }: Document): readonly Document[] {
  return (properties['ipConfigurations'] ?? []) as readonly Document[]
}

/** Whether anything of it is there, and so must be taken away before somebody else can have it. */
export function hasAny(all: readonly Document[], moved: Moved): boolean {
  return all.some((one) => isAddress(one, moved) || isPublic(one, moved))
}

/** Whether all of it is there, at its place. */
export function hasAll(all: readonly Document[], moved: Moved): boolean {
  const place = placeIn(all, moved)
  return place !== undefined && (moved.publicAddress === null || isPublic(place, moved))
}

function isAddress({ properties }: Document, { address }: Moved): boolean {
  return address !== null && properties['privateIPAddress'] === address
}

function isPublic({ properties }: Document, { publicAddress }: Moved): boolean {
  const { id } = (properties['publicIPAddress'] ?? {}) as { readonly id?: string }
  return publicAddress !== null && isSameId(id, publicAddress)
}

function placeIn(all: readonly Document[], moved: Moved): Document | undefined {
  return moved.address === null ? firstOf(all) : all.find((one) => isAddress(one, moved))
}

function firstOf(all: readonly Document[]): Document | undefined {
  return all.find(({ properties }) => properties['primary'] === true) ?? all[0]
}

/** The configurations of an interface once it is taken away. Throws `BackendError` where it is the interface's own. */
export function without(all: readonly Document[], moved: Moved): readonly Document[] {
  const own = all.find((one) => isAddress(one, moved) && one.properties['primary'] === true)
  if (own !== undefined)
    throw new BackendError(
      'CONFLICT',
      `${nameOf(moved)} is the first address of ${interfaceOf(own)}, and cannot be taken from it`,
      'choose an address that is nobody’s own',
    )
  return all.filter((one) => !isAddress(one, moved)).map((one) => (isPublic(one, moved) ? withPublic(one, null) : one))
}

export interface Given {
  /** Resource id of the interface. */
  readonly nic: string
  readonly epoch: number
  /** The configuration that was taken away; null: nobody had it. */
  readonly before: Document | null
}

/** The configurations of an interface once it is there, with all that the one before had, but for what belongs to the interface it came from. */
export function having(all: readonly Document[], moved: Moved, { nic, epoch, before }: Given): readonly Document[] {
  const { publicAddress } = moved
  const stripped = all.map((one) => (isPublic(one, moved) ? withPublic(one, null) : one))
  const first = firstOf(stripped)
  const place = placeIn(stripped, moved) ?? newPlace(nameOf(moved), { nic, epoch, like: before ?? groupsOf(first), first })
  const done = publicAddress === null ? place : withPublic(place, publicAddress)
  return stripped.some(({ id }) => id === done.id) ? stripped.map((one) => (one.id === done.id ? done : one)) : [...stripped, done]
}

/** What all addresses of an interface share: its application security groups. */
function groupsOf(first: Document | undefined): Pick<Document, 'properties'> {
  const groups = first?.properties['applicationSecurityGroups']
  return { properties: groups === undefined ? {} : { applicationSecurityGroups: groups } }
}

interface New extends Omit<Given, 'before'> {
  readonly like: Pick<Document, 'properties'>
  readonly first: Document | undefined
}

/** A configuration for the address, which bears the epoch in its name. */
function newPlace(address: string, { nic, epoch, like, first }: New): Document {
  const name = `movip-${address.replaceAll('.', '-')}-e${epoch}`
  const properties = {
    ...like.properties,
    privateIPAddress: address,
    privateIPAllocationMethod: 'Static',
    primary: false,
    subnet: first?.properties['subnet'],
  }
  return { id: `${nic}/ipConfigurations/${name}`, name, properties }
}

function withPublic(one: Document, id: string | null): Document {
  const { publicIPAddress: _, ...rest } = one.properties
  return { ...one, properties: id === null ? rest : { ...rest, publicIPAddress: { id } } }
}

/** `n1-nic` of `…/networkInterfaces/n1-nic/ipConfigurations/first` */
function interfaceOf({ id }: Document): string {
  return id.split('/').at(-3) ?? id
}
