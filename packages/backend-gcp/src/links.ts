/** `inside` of `https://www.googleapis.com/compute/v1/projects/shop/regions/r/backendServices/inside` */
export function nameOf(link: string | null | undefined): string {
  return link?.split('/').at(-1) ?? ''
}

/** A link, whole or from `projects/` on, as the path below its project: `zones/europe-west1-b/instances/n1`. */
export function pathOf(link: string): string {
  return link.replace(/^(https:\/\/[^/]+\/compute\/[^/]+\/)?projects\/[^/]+\//, '')
}
