import type { Finding } from '@movip/core/backend'
import { changeTo } from '../change.ts'
import { findingOf } from '../errors.ts'
import { lintZone } from '../lint.ts'
import type { NameShape } from '../options.ts'
import { textOf } from '../records.ts'
import type { Held } from '../records.ts'
import type { NameServer } from './name-server.ts'

export interface LookAtServers {
  readonly servers: readonly NameServer[]
  readonly shape: NameShape
  readonly isSigned: boolean
  readonly cluster: string
  readonly group: string
}

/** Whether each server answers for the name itself, would take a change of it, and has what the others have. Changes nothing. */
export async function rfc2136Findings(look: LookAtServers, signal: AbortSignal): Promise<readonly Finding[]> {
  const looks = await Promise.all(look.servers.map((server) => lookAt(server, look, signal)))
  return [...unsigned(look), ...looks.flatMap(({ findings }) => findings), ...apart(looks, look.shape)]
}

interface Look {
  readonly server: NameServer
  /** null: it could not be asked. */
  readonly held: Held | null
  readonly findings: readonly Finding[]
}

async function lookAt(server: NameServer, { shape, cluster, group }: LookAtServers, signal: AbortSignal): Promise<Look> {
  try {
    const held = await server.read(signal)
    if (!server.isWritten) return { server, held, findings: [] }
    const zone = await server.startOfAuthority(signal)
    // As the holder of the latest epoch there is: whose it is counts alone.
    changeTo(held, { ...shape, values: shape.own ?? [], cluster, group, epoch: Number.MAX_SAFE_INTEGER, nowMs: 0 })
    await server.rehearse(signal)
    return { server, held, findings: lintZone(shape, zone, server.name) }
  } catch (error) {
    return { server, held: null, findings: [findingOf(error)] }
  }
}

function unsigned({ isSigned, shape }: LookAtServers): readonly Finding[] {
  if (isSigned) return []
  const message = `changes of ${shape.name} are not signed: whoever can send from this node's address can make them`
  const fix = 'make a key with tsig-keygen, name its file under secrets: in node.yaml, and write key: with that name'
  return [{ severity: 'warning', code: 'DNS_UNSIGNED', message, fix }]
}

/** Servers that answer differently: one of them has not heard of the last change. */
function apart(looks: readonly Look[], { name }: NameShape): readonly Finding[] {
  const [first, ...rest] = looks.filter(({ held }) => held !== null)
  const differing = rest.filter(({ held }) => textOf(held?.values ?? []) !== textOf(first?.held?.values ?? []))
  const told = ({ held }: Look): string => textOf(held?.values ?? []) || 'nothing'
  return differing.map((one) => ({
    severity: 'warning',
    code: 'DNS_BEHIND',
    message: `${one.server.name} answers ${told(one)} for ${name}, and ${first?.server.name ?? ''} answers ${first === undefined ? '' : told(first)}`,
    fix: `let the primary notify ${one.server.name} of changes and transfer the zone to it, and see the log of both`,
  }))
}
