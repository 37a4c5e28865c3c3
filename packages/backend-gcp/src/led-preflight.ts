import { BackendError } from '@movip/core/backend'
import type { Finding } from '@movip/core/backend'
import type { ComputeCalls } from './access.ts'
import type { Alias } from './alias.ts'
import { backendError, kindOf } from './faults.ts'
import { isMovips } from './routes.ts'
import type { Routes } from './routes.ts'

interface Looked {
  readonly calls: ComputeCalls
  readonly leads: Routes
  readonly own: string
  readonly destination: string
}

/** What would keep this node from leading the network to itself. */
export async function routePreflight(looked: Looked, signal: AbortSignal): Promise<readonly Finding[]> {
  const looks = [
    orFinding(() => forwards(looked, signal)),
    orFinding(() => foreign(looked, signal)),
    orFinding(() => looked.leads.tryChange(signal)),
  ]
  return (await Promise.all(looks)).flat()
}

/** Google drops what is not meant for an address that it has given itself, unless the instance forwards; that is said when it is made. */
async function forwards({ calls, own }: Looked, signal: AbortSignal): Promise<readonly Finding[]> {
  const { project } = calls
  const [, zone = '', , instance = ''] = own.split('/')
  const found = await calls
    .once<{ readonly canIpForward?: boolean }>({ client: 'instances', method: 'get', request: { project, zone, instance } }, signal)
    .catch((error: unknown) =>
      Promise.reject(backendError(error, { permission: 'compute.instances.get', resource: `instance ${instance}` })),
    )
  if (found.canIpForward === true) return []
  const message = `${instance} does not forward IP: Google drops what is sent to the overlay address`
  return [
    {
      severity: 'error',
      code: 'GCP_NO_FORWARDING',
      message,
      fix: 'make the instance anew with canIpForward, which cannot be changed later',
    },
  ]
}

async function foreign({ leads, destination }: Looked, signal: AbortSignal): Promise<readonly Finding[]> {
  const others = (await leads.list({ until: -Infinity, signal })).filter((route) => !isMovips(route, destination))
  return others.map(({ name, priority }) => ({
    severity: 'warning',
    code: 'GCP_FOREIGN_ROUTE',
    message: `route ${name ?? ''} leads to ${destination} with the priority ${priority ?? 1000}, and movip has not made it`,
    fix: 'delete it, or give the endpoint a priority that goes before it',
  }))
}

/** What would keep this node from taking the address. */
export function aliasPreflight(alias: Alias, signal: AbortSignal): Promise<readonly Finding[]> {
  return orFinding(async () => {
    await alias.read({ until: -Infinity, signal })
    await alias.tryChange(signal)
  })
}

/** Findings in place of a failure: what cannot be looked at cannot be relied on. What may be well in a moment is a warning. */
async function orFinding(look: () => Promise<readonly Finding[] | void>): Promise<readonly Finding[]> {
  try {
    return (await look()) ?? []
  } catch (error) {
    if (!(error instanceof BackendError)) throw error
    const { code, message, fix } = error
    return [{ severity: kindOf(error.cause) === 'throttled' ? 'warning' : 'error', code: `GCP_${code}`, message, fix }]
  }
}
