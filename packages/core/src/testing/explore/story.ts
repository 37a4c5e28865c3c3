import type { Message } from '../../model/index.ts'
import { describe } from '../sim/describe.ts'
import { argumentOf, kindOf } from './actions.ts'
import type { Action } from './actions.ts'
import type { Rules } from './rules.ts'

/** A way through a world in readable lines: the tick, what happened, and who serves where that has changed. */
export function tell(rules: Rules, first: Int32Array, actions: readonly Action[]): readonly string[] {
  const lines: string[] = []
  let row = first
  let ticks = 0
  let serving = servingText(rules, row)
  lines.push(`tick 0: ${serving}`)
  for (const action of actions) {
    if (kindOf(action) === 'tick') ticks += 1
    lines.push(`tick ${ticks}: ${describeAction(rules, row, action)}`)
    const next = new Int32Array(rules.width)
    rules.apply(row, action, next)
    row = next
    const now = servingText(rules, row)
    if (now !== serving) lines.push(`        ${now}`)
    serving = now
  }
  return lines
}

function servingText(rules: Rules, row: Int32Array): string {
  const { groups } = rules
  return rules
    .serving(row)
    .map((nodes, position) => `${nodes.join(' and ') || 'nobody'} may serve ${groups[position]}`)
    .join(', ')
}

function describeAction(rules: Rules, row: Int32Array, action: Action): string {
  const kind = kindOf(action)
  const argument = argumentOf(action)
  const { nodes, codec } = rules.machines
  const name = (position: number): string => nodes[position] ?? '?'
  switch (kind) {
    case 'tick':
      return 'time passes'
    case 'deliver':
    case 'deliver-late':
    case 'set-aside': {
      const { message, to } = rules.messageOf(row, action)
      const verb = { deliver: 'hears', 'deliver-late': 'hears late', 'set-aside': 'does not hear now' }[kind]
      return `${name(to)} ${verb}: ${describe(codec.load(message) as Message)}`
    }
    case 'answer':
      return `${name(argument)}'s runner: ${describe(rules.machines.machine(row[argument] as number).answers[0])}`
    case 'persist':
      return `${name(argument)}'s disk has: ${describe(rules.machines.machine(row[argument] as number).writes[0])}`
    case 'cut':
      return `nothing from ${name(Math.floor(argument / nodes.length))} reaches ${name(argument % nodes.length)} from now on`
    case 'split':
      return `nothing passes between ${name(Math.floor(argument / nodes.length))} and ${name(argument % nodes.length)} from now on`
    case 'mend':
      return 'all links work again'
    default:
      return `${name(argument)}: ${kind}`
  }
}
