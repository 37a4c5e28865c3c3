import type { Fields, Value } from './contract.ts'
import { isFields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { listIn, textIn } from './input.ts'

/** What can be filtered by: under the name of a filter, the texts that an item has for it. */
export type Facets = Readonly<Record<string, readonly string[]>>

interface Filter {
  readonly name: string
  readonly values: readonly RegExp[]
}

export function filtersIn(input: Fields): readonly Filter[] {
  const filters = input['Filters']
  if (!Array.isArray(filters)) return []
  return (filters as readonly Value[]).filter(isFields).map((filter) => {
    const name = textIn(filter, 'Name')
    if (name === '') throw new Ec2Fault('InvalidParameterValue', 'A filter needs a name')
    return { name, values: listIn(filter, 'Values').map(patternOf) }
  })
}

/** Every filter must be met, each by any of its values. Throws `Ec2Fault` for a filter that does not exist. */
export function keptBy(filters: readonly Filter[], facets: Facets): boolean {
  return filters.every(({ name, values }) => {
    const own = facets[name] ?? (name.startsWith('tag:') ? [] : undefined)
    if (own === undefined) throw new Ec2Fault('InvalidParameterValue', `The filter '${name}' is invalid`)
    return own.some((text) => values.some((pattern) => pattern.test(text)))
  })
}

/** `*` stands for any letters and `?` for one. */
function patternOf(text: string): RegExp {
  const literal = text.replaceAll(/[\\^$+.()|[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
}
