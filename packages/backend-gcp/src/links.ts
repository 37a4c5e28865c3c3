/** `inside` of `https://www.googleapis.com/compute/v1/projects/shop/regions/r/backendServices/inside` */
export function nameOf(link: string | null | undefined): string {
  return link?.split('/').at(-1) ?? ''
}
