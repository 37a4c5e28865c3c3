import type { Backend, BackendContext, BackendKind } from '@movip/core/backend'
import { duration } from '@movip/core/fields'
import { createPointing } from '../pointing.ts'
import { rfc2136Options, serverOf, shapeOf } from '../options.ts'
import type { Rfc2136Options } from '../options.ts'
import { normal } from '../records.ts'
import { Authority } from './authority.ts'
import { NameServer } from './name-server.ts'
import { rfc2136Findings } from './preflight.ts'
import { parseTsigKey } from './tsig-key.ts'

/** A name that is kept by name servers of one's own: `backend: dns-rfc2136`. */
export const rfc2136: BackendKind<Rfc2136Options> = {
  schema: rfc2136Options,
  describe: ({ name }) => normal(name),
  claims: (options) => [`dns:${shapeOf(options, NOWHERE).type} ${normal(options.name)}`],
  needs: ({ server, servers = [server ?? ''] }) => servers.map((one) => ({ service: `the name server ${one}`, to: 'follow' })),
  places: ({ values }) => ({ key: 'values', names: Object.keys(values) }),
  create: (options, context) => Promise.resolve(create(options, context)),
}

/** Of no place in particular. */
const NOWHERE = { node: '', site: '' }

function create(options: Rfc2136Options, context: BackendContext): Backend {
  const shape = shapeOf(options, context)
  const { secondaries = [], zone = null, key, timeout } = options
  const primaries = options.servers ?? (options.server === undefined ? [] : [options.server])
  const timeoutMs = duration.parse(timeout)
  const readKey = key === undefined ? null : async () => parseTsigKey(await context.secret(key), key)
  const server = (place: string, isWritten: boolean): NameServer => {
    const authority = new Authority({ server: serverOf(place), key: isWritten ? readKey : null, timeoutMs, wallMs: Date.now })
    return new NameServer({ authority, isWritten, name: shape.name, type: shape.type, isOwned: shape.isOwned, zone })
  }
  const servers = [...primaries.map((place) => server(place, true)), ...secondaries.map((place) => server(place, false))]
  return createPointing({
    context,
    shape,
    stores: servers,
    resolvers: options.resolvers ?? null,
    preflight: (signal) =>
      rfc2136Findings({ servers, shape, isSigned: key !== undefined, cluster: context.cluster, group: context.group }, signal),
    close: () => undefined,
  })
}
