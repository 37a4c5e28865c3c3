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
  const actions = [...text.matchAll(/<action\s([^>]*)>/g)].flatMap(([, attributes = '']) => attribute(attributes, 'name') ?? [])
  return { parameters, actions: [...new Set(actions)] }
}

function attribute(attributes: string, name: string): string | undefined {
  const [, , value] = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(["'])(.*?)\\1`).exec(attributes) ?? []
  return value
}

function formerNameIn(attributes: string): { readonly formerly?: string } {
  const formerly = attribute(attributes, 'obsoletes')
  return formerly === undefined ? {} : { formerly }
}
