/** `inside` of `https://www.googleapis.com/compute/v1/projects/shop/regions/r/backendServices/inside` */
export function nameOf(link: string | null | undefined): string {
  return link?.split('/').at(-1) ?? ''
}

/** Google writes links whole, or from `projects/` on. */
export function isSameLink(one: string | null | undefined, other: string | null | undefined): boolean {
  const path = (link: string): string => link.replace(/^https:\/\/[^/]+\/compute\/[^/]+\//, '')
  return typeof one === 'string' && typeof other === 'string' && path(one) === path(other)
}
