import type { Config } from '@oclif/core'

/** What may stand in one place of a command line. */
export type Place =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Names that only the daemon of this node knows. */
  | { readonly kind: NameKind }
  | { readonly kind: 'file' }
  | { readonly kind: 'free' }

/** Which names of the cluster can be asked for. */
export const nameKinds = ['group', 'node', 'site', 'place'] as const
export type NameKind = (typeof nameKinds)[number]

export interface FlagGrammar {
  readonly name: string
  readonly char: string | null
  readonly summary: string
  /** What follows it; null: nothing. */
  readonly value: Place | null
}

export interface CommandGrammar {
  readonly name: string
  readonly summary: string
  readonly flags: readonly FlagGrammar[]
  /** All arguments of our commands are of one kind. */
  readonly argument: Place | null
}

type Loadable = Config['commands'][number]

/** All commands that are shown in the help, as the manifest has them. */
export function grammarOf(bin: string, commands: readonly Loadable[]): readonly CommandGrammar[] {
  const said = (text: string | undefined): string => text?.split('\n', 1)[0]?.replaceAll('<%= config.bin %>', bin) ?? ''
  return commands
    .filter(({ hidden, id }) => hidden !== true && !id.includes(':'))
    .toSorted((a, b) => a.id.localeCompare(b.id))
    .map((command) => {
      const [argument] = Object.values(command.args)
      return {
        name: command.id,
        summary: said(command.summary ?? command.description),
        flags: Object.values(command.flags)
          .filter(({ hidden }) => hidden !== true)
          .map((flag) => ({
            name: flag.name,
            char: flag.char ?? null,
            summary: said(flag.summary ?? flag.description),
            value: flag.type === 'option' ? placeOf(flag.options, flag.helpValue) : null,
          })),
        argument: argument === undefined ? null : placeOf(argument.options, argument.name),
      }
    })
}

/** What a value is, by the words that it may be, else by the name that the help has for it. */
function placeOf(words: readonly string[] | undefined, name: string | readonly string[] | undefined): Place {
  if (words !== undefined && words.length > 0) return { kind: 'words', words }
  switch (name) {
    case 'group':
    case 'node':
    case 'site':
      return { kind: name }
    case 'node|site':
    case 'node|site|link':
      return { kind: 'place' }
    case 'file':
    case 'path':
    case 'dir':
      return { kind: 'file' }
    default:
      return { kind: 'free' }
  }
}
