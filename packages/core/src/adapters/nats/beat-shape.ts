import type { Beat } from '../../model/index.ts'

// Beats are nearly all that ever arrives, ten a second from every node, so their shape is checked by hand: a fifth of the time that the schema
// takes. The schema in `message-schema.ts` says the same, and a test holds the two against each other.

type Check = (value: unknown) => boolean
type Fields = Readonly<Record<string, unknown>>

const isName: Check = (value) => typeof value === 'string' && value.length > 0 && value.length <= 256
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isEpoch: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0
const isInstant: Check = (value) => Number.isFinite(value) && (value as number) >= 0
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object with exactly these fields. */
function shaped(checks: Readonly<Record<string, Check>>): Check {
  const fields = Object.entries(checks)
  return (value) => isObject(value) && Object.keys(value).length === fields.length && fields.every(([key, check]) => check(value[key]))
}
function listOf(check: Check, most: number): Check {
  return (value) => Array.isArray(value) && value.length <= most && value.every(check)
}
function recordOf(check: Check): Check {
  return (value) => isObject(value) && Object.entries(value).every(([key, item]) => isName(key) && key !== '__proto__' && check(item))
}
function oneOf(...values: readonly unknown[]): Check {
  return (value) => values.includes(value)
}
const textUpTo =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most

const isFlag: Check = (value) => typeof value === 'boolean'
const isNames = listOf(isName, 4096)
const isIncarnation = shaped({ dataId: isName, generation: isCount })
const isGroupEpochs = listOf(shaped({ group: isName, epoch: isEpoch }), 4096)
const isFitness = shaped({ level: oneOf('fit', 'keep', 'unfit'), reasons: listOf(textUpTo(65_536), 256) })

const isBeatShaped = shaped({
  type: oneOf('beat'),
  from: isName,
  incarnation: isIncarnation,
  sentAt: isInstant,
  leaseMs: (value) => Number.isFinite(value) && (value as number) > 0,
  voters: isNames,
  term: isCount,
  coordinator: (value) => value === null || isName(value),
  commit: isCount,
  matched: isCount,
  holds: listOf(shaped({ group: isName, epoch: isEpoch, state: oneOf('claiming', 'active', 'releasing', 'stuck') }), 4096),
  released: isGroupEpochs,
  echoes: listOf(shaped({ node: isName, incarnation: isIncarnation, sentAt: isInstant, denied: isNames }), 1024),
  promises: listOf(shaped({ group: isName, node: isName, epoch: isEpoch }), 4096),
  asks: isGroupEpochs,
  report: shaped({ fitness: recordOf(isFitness), leaving: isFlag, latenessMs: isInstant, configHash: textUpTo(256) }),
})

export function isBeat(value: unknown): value is Beat {
  return isBeatShaped(value)
}
