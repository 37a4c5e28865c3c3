/** Whose a name is: a TXT record beside it says so, so that two clusters never fight over one name. */
export interface Ownership {
  readonly cluster: string
  readonly group: string
  /** Of the holder that has written it: nobody of an older one writes after that. */
  readonly epoch: number
  /** When the name was last pointed elsewhere, ms since 1970. */
  readonly sinceMs: number
}

/** Where the record stands: a name may be a CNAME, beside which nothing else may be. */
export function ownerName(name: string, type: string): string {
  return `_movip-${type.toLowerCase()}.${name}`
}

export function ownershipText({ cluster, group, epoch, sinceMs }: Ownership): string {
  return `movip cluster=${cluster} group=${group} epoch=${epoch} since=${new Date(sinceMs).toISOString()}`
}

/** null: nobody of movip has written it. */
export function parseOwnership(text: string): Ownership | null {
  const [, cluster, group, epoch, since] = /^movip cluster=(\S+) group=(\S+) epoch=(\d{1,15}) since=(\S+)$/.exec(text) ?? []
  const sinceMs = Date.parse(since ?? '')
  if (cluster === undefined || group === undefined || Number.isNaN(sinceMs)) return null
  return { cluster, group, epoch: Number(epoch), sinceMs }
}
