/** Several places in one lab, each a LAN or a cloud, and the links between them. */
import { createAwsSite } from './aws-site.ts'
import { createAzureSite } from './azure-site.ts'
import { createGcpSite } from './gcp-site.ts'
import { createLanSite } from './lan-site.ts'
import type { Site, SiteShape } from './site.ts'
import { createWan } from './wan.ts'
import type { Wan } from './wan.ts'

export interface Sites extends Pick<Wan, 'cut' | 'heal'> {
  readonly sites: ReadonlyMap<string, Site>
  site(name: string): Site
  close(): void
}

/** Builds the sites, and joins each to all others. A site in the cloud gets its control plane from whoever asks for it afterwards. */
export async function createSites(shapes: Readonly<Record<string, SiteShape>>): Promise<Sites> {
  const sites = new Map<string, Site>()
  const closing: (() => void)[] = []
  const close = (): void => {
    for (const one of closing.toReversed()) one()
  }
  try {
    for (const [number, [name, { kind, nodes }]] of Object.entries(shapes).entries()) {
      const site = await makers[kind](nodes, number)
      sites.set(name, site)
      closing.push(() => site.network.close())
    }
    const wan = await createWan(new Map([...sites].map(([name, { uplink }]) => [name, uplink])))
    closing.push(() => wan.close())
    for (const [name, site] of sites) await site.join([...sites].flatMap(([other, { uplink }]) => (other === name ? [] : uplink.ranges)))
    const site = (name: string): Site => {
      const found = sites.get(name)
      if (found === undefined) throw new Error(`invariant: there is a site ${name}`)
      return found
    }
    return { sites, site, cut: (one, other) => wan.cut(one, other), heal: (one, other) => wan.heal(one, other), close }
  } catch (error) {
    close()
    throw error
  }
}

const makers: Readonly<Record<SiteShape['kind'], (nodes: readonly string[], number: number) => Promise<Site>>> = {
  lan: createLanSite,
  aws: createAwsSite,
  azure: createAzureSite,
  gcp: createGcpSite,
}
