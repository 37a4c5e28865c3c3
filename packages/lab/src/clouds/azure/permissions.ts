import type { Call } from './call.ts'
import { ArmFault } from './fault.ts'

const verbs: Readonly<Record<string, string>> = { GET: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }

/** What a role must allow for a call: `Microsoft.Network/routeTables/routes/write`. null: everybody may. */
function permissionFor({ operation }: Call): string | null {
  if (operation === null) return null
  const { method, path } = operation
  const [, below = ''] = /\/providers\/(Microsoft\.Network\/.*)$/.exec(path) ?? []
  const types = below.split('/').filter((segment) => !segment.startsWith('{'))
  return method === 'POST' ? [...types, 'action'].join('/') : [...types, verbs[method] ?? method].join('/')
}

/** Throws `ArmFault` for what a principal must not do. */
export function refuseDenied(call: Call, principal: string, denied: Readonly<Record<string, readonly string[]>>): void {
  const permission = permissionFor(call)
  if (permission === null || denied[principal]?.includes(permission) !== true) return
  throw new ArmFault(
    'AuthorizationFailed',
    `The client '${principal}' with object id '${principal}' does not have authorization to perform action '${permission}' over scope '${call.path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  )
}
