/** Ids of resources are the same whatever the case of their letters. */
export function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() === other.toLowerCase()
}

/** What of a resource an id names: a whole one, or a child of one. */
export interface IdParts {
  readonly subscription: string
  readonly group: string
  readonly kind: string
  readonly name: string
  /** The id of the whole resource. */
  readonly top: string
  readonly list?: string
  readonly child?: string
}

const pattern =
  /^(\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/([^/]+)\/([^/]+))(?:\/([^/]+)\/([^/]+))?$/i

/** null: the text is no id of a networking resource. */
export function partsOf(id: string): IdParts | null {
  const [, top, subscription, group, kind, name, list, child] = pattern.exec(id) ?? []
  if (top === undefined || subscription === undefined || group === undefined || kind === undefined || name === undefined) return null
  const whole = { subscription, group, kind, name, top }
  return list === undefined || child === undefined ? whole : { ...whole, list, child }
}

export function idOf(subscription: string, group: string, kind: string, name: string): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network/${kind}/${name}`
}
