import type { Fields } from './contract.ts'
import { isFields } from './contract.ts'

/** The texts of a request. */
export function texts(input: Fields): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(input).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** A text that the contract requires: '' where it is not there after all. */
export function textIn(input: Fields, name: string): string {
  return texts(input)[name] ?? ''
}

/** The texts of a list; none where there is no list. */
export function listIn(input: Fields, name: string): readonly string[] {
  const value = input[name]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

/** A flag that is wrapped, as those of attributes are; null: it is not there. */
export function flagIn(input: Fields, name: string): boolean | null {
  const wrapped = input[name]
  const value = isFields(wrapped) ? wrapped['Value'] : undefined
  return typeof value === 'boolean' ? value : null
}
