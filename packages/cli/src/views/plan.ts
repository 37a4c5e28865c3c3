import type { PlanAnswer } from '@movip/core/client'
import { withoutNamedSecrets } from '../support/withhold.ts'
import { paint, table } from './table.ts'

type Plan = PlanAnswer['plan']
type Change = Plan['changes'][number]
type GroupPlan = Plan['groups'][number]

const signs = { added: ['green', '+'], removed: ['red', '-'], changed: ['yellow', '~'] } as const

/** What would change and what would move, as people read it. */
export function planView(plan: Plan): string[] {
  const base = plan.version === 0 ? 'the configuration of the first start is in force' : `version ${plan.version} is in force`
  if (plan.changes.length === 0) return [`${base}; nothing would change`]
  return [
    `${base}; this would change:`,
    ...plan.changes.map(changeLine),
    ...(plan.groups.length === 0 ? [] : ['', ...table(['GROUP', 'EFFECT', 'HOLDER', 'WHY'], plan.groups.map(groupRow))]),
    ...(plan.steps.length < 2 ? [] : ['', 'step by step:', ...plan.steps.map((step, index) => `  ${index + 1}. ${step}`)]),
    ...(plan.warnings.length === 0 ? [] : ['', ...plan.warnings.map((what) => paint('yellow', `warning: ${what}`))]),
    ...(plan.refused.length === 0 ? [] : ['', ...plan.refused.map((why) => paint('red', `refused as things stand: ${why}`))]),
  ]
}

/** The same for programs: what a plan says is shown on. */
export function planWithoutSecrets({ plan, ...rest }: PlanAnswer): PlanAnswer {
  return { ...rest, plan: { ...plan, changes: plan.changes.map(withoutSecrets) } }
}

function withoutSecrets(change: Change): Change {
  const name = change.path.slice(change.path.lastIndexOf('.') + 1)
  const shown = (key: 'before' | 'after'): object => (key in change ? { [key]: withoutNamedSecrets(change[key], name) } : {})
  return { ...change, ...shown('before'), ...shown('after') }
}

function changeLine(change: Change): string {
  const { path, kind, before, after } = withoutSecrets(change)
  const [colour, sign] = signs[kind]
  const values = kind === 'changed' ? `: ${short(before)} → ${short(after)}` : ''
  return paint(colour, `  ${sign} ${path}${values}`)
}

function groupRow({ group, effect, holder, next, why, endpoints }: GroupPlan): string[] {
  const up = endpoints.up.map((id) => `+${id}`)
  const down = endpoints.down.map((id) => `-${id}`)
  const who = holder === next ? (holder ?? 'nobody') : `${holder ?? 'nobody'} → ${next ?? 'nobody'}`
  const colour = effect === 'moves' || effect === 'removed' ? 'red' : effect === 'touched' ? 'yellow' : 'green'
  return [group, paint(colour, effect), who, effect === 'touched' ? [...down, ...up].join(' ') : effect === 'untouched' ? '' : why]
}

const longest = 60

function short(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
