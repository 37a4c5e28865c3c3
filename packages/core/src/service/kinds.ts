import type { ServicePart as PartSpec } from '../model/index.ts'
import { commandControl } from './command.ts'
import type { Control, ServiceContext } from './control.ts'
import { ocfControl } from './ocf.ts'
import { ServicePart } from './part.ts'
import { processControl } from './process.ts'
import { commonOptions, kindNames, kindOptions } from './schema.ts'
import type { StartedRecord } from './started-record.ts'
import { systemdControl } from './systemd.ts'

/** Makes the part of a group's service that the configuration names, as number `order` of them. `record`: what it starts is noted there. */
export function makePart(spec: PartSpec, order: number, context: ServiceContext, record?: StartedRecord): ServicePart {
  const { everyMs, restarts, ...own } = spec.options
  const common = commonOptions.parse({ everyMs, restarts })
  const { startMs, stopMs } = spec
  const placed = { group: context.group, order, part: spec }
  const bound = record && {
    isNoted: () => record.has(placed),
    note: (signal: AbortSignal) => record.note(placed, signal),
    forget: () => record.forget(placed),
  }
  const options = { order, startMs, stopMs, ...common, ...(bound === undefined ? {} : { record: bound }) }
  return new ServicePart(spec.id, controlOf(spec, own, context), options, context)
}

/** The control of one kind. Throws for options that its schema refuses. */
function controlOf({ kind, startMs, stopMs }: PartSpec, options: unknown, { cluster, node, group, endpoint }: ServiceContext): Control {
  const times = { MOVIP_START_TIMEOUT_MS: String(startMs), MOVIP_STOP_TIMEOUT_MS: String(stopMs) }
  const env = { MOVIP_CLUSTER: cluster, MOVIP_NODE: node, MOVIP_GROUP: group, ...times }
  switch (kind) {
    case 'systemd':
      return systemdControl(kindOptions.systemd.parse(options))
    case 'command':
      return commandControl(kindOptions.command.parse(options), env)
    case 'process':
      return processControl(kindOptions.process.parse(options), env)
    case 'ocf':
      return ocfControl(`${group}-${endpoint}`, kindOptions.ocf.parse(options), { startMs, stopMs }, env)
    default:
      throw new Error(`there is no service of the kind "${kind}"; it is one of ${kindNames.join(', ')}`)
  }
}
