/** One parameter of an agent. */
export interface Parameter {
  readonly name: string
  readonly required: boolean
  /** Its former name, which is understood as well; absent: it always had this one. */
  readonly formerly?: string
}

/** What an OCF resource agent, or an agent for fencing, says of itself. */
export interface Metadata {
  readonly parameters: readonly Parameter[]
  readonly actions: readonly string[]
  /** How long an action may need by the agent's own word. */
  readonly advisedMs: ReadonlyMap<string, number>
}

/** Reads the names out of an agent's meta-data (OCF resource agent API 1.1, XML); null: that is none. */
export function parseMetadata(xml: string): Metadata | null {
  const text = xml.replaceAll(/<!--[\s\S]*?-->/g, '')
  if (!/<resource-agent[\s>]/.test(text)) return null
  const parameters = [...text.matchAll(/<parameter\s([^>]*)>/g)].map(([, attributes = '']) => ({
    name: attribute(attributes, 'name') ?? '',
    required: attribute(attributes, 'required') === '1' && attribute(attributes, 'deprecated') !== '1',
    ...formerNameIn(attributes),
  }))
  const advisedMs = new Map<string, number>()
  const actions = [...text.matchAll(/<action\s([^>]*)>/g)].flatMap(([, attributes = '']) => {
    const action = attribute(attributes, 'name')
    if (action === undefined) return []
    const timeoutMs = msOf(attribute(attributes, 'timeout') ?? '')
    if (timeoutMs > (advisedMs.get(action) ?? 0)) advisedMs.set(action, timeoutMs)
    return action
  })
  return { parameters, actions: [...new Set(actions)], advisedMs }
}

/** Seconds, where no unit is named. 0: it says nothing of use. */
function msOf(timeout: string): number {
  const [, count = '0', unit = 's'] = /^(\d+)(ms|s|m|min|h)?$/.exec(timeout.trim()) ?? []
  return Number(count) * (unitsMs[unit] ?? 0)
}
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }

function attribute(attributes: string, name: string): string | undefined {
  const [, , value] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(["'])(.*?)\\1`).exec(attributes) ?? []
  return value
}

function formerNameIn(attributes: string): { readonly formerly?: string } {
  const formerly = attribute(attributes, 'obsoletes')
  return formerly === undefined ? {} : { formerly }
}
