import type { CommandGrammar, Place } from './grammar.ts'

/** The completion script for fish. */
export function fishScript(bin: string, commands: readonly CommandGrammar[]): string {
  const lines = [
    `complete -c ${bin} -f`,
    ...commands.map(({ name, summary }) => `complete -c ${bin} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    ...commands.flatMap(({ name, flags, argument }) => {
      const begin = `complete -c ${bin} -n '__fish_seen_subcommand_from ${name}'`
      return [
        ...(argument === null ? [] : [`${begin}${valuesOf(bin, argument)}`]),
        ...flags.map((flag) => {
          const char = flag.char === null ? '' : ` -s ${flag.char}`
          const value = flag.value === null ? '' : ` -r${valuesOf(bin, flag.value)}`
          return `${begin} -l ${flag.name}${char}${value} -d ${quoted(flag.summary)}`
        }),
      ]
    }),
  ]
  return `${lines.join('\n')}\n`
}

function valuesOf(bin: string, place: Place): string {
  switch (place.kind) {
    case 'words':
      return ` -a ${quoted(place.words.join(' '))}`
    case 'file':
      return ' -F'
    case 'free':
      return ''
    default:
      return ` -a '(${bin} completion --names ${place.kind} 2>/dev/null)'`
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
