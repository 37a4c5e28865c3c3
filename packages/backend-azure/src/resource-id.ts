/** Where a resource is. */
export interface ResourceId {
  readonly subscription: string
  readonly group: string
  /** For example `loadBalancers`. */
  readonly kind: string
  readonly name: string
}

/** `/subscriptions/…/resourceGroups/shop/providers/Microsoft.Network/loadBalancers/inside`; null: it is none of Microsoft.Network. */
export function parseResourceId(text: string): ResourceId | null {
  const form = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/([^/]+)\/([^/]+)$/i
  const [, subscription, group, kind, name] = form.exec(text) ?? []
  if (subscription === undefined || group === undefined || kind === undefined || name === undefined) return null
  return { subscription, group, kind, name }
}

/** Azure writes the same id in upper and lower case. */
export function isSameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() === other.toLowerCase()
}

/** `inside` of `…/loadBalancers/inside` */
export function lastOf(id: string | undefined): string {
  return id?.split('/').at(-1) ?? ''
}
