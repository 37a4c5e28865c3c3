import type { CommandGrammar, FlagGrammar, Place } from './grammar.ts'

/** The completion script for bash; zsh takes the same with a line of its own before it. */
export function bashScript(bin: string, commands: readonly CommandGrammar[]): string {
  return `_${bin}_reply() { mapfile -t COMPREPLY < <(compgen "$@"); }
_${bin}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    _${bin}_reply -W ${quoted(commands.map(({ name }) => name))} -- "$cur"
    return
  fi
  case "$command $prev" in
${commands.flatMap(({ name, flags }) => flags.map((flag) => valueCase(bin, name, flag))).join('')}  esac
  case "$command" in
${commands.map((command) => commandCase(bin, command)).join('')}  esac
}
complete -F _${bin} ${bin}
`
}

/** zsh runs completions of bash, but has no `mapfile`. */
export function zshScript(bin: string, commands: readonly CommandGrammar[]): string {
  const script = bashScript(bin, commands).replace('mapfile -t COMPREPLY < <(compgen "$@")', () => 'COMPREPLY=(${(f)"$(compgen "$@")"})')
  return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${script}`
}

function valueCase(bin: string, command: string, { name, char, value }: FlagGrammar): string {
  if (value === null) return ''
  const patterns = [`"${command} --${name}"`, ...(char === null ? [] : [`"${command} -${char}"`])]
  return `    ${patterns.join(' | ')})\n      ${replyOf(bin, value)}\n      return\n      ;;\n`
}

function commandCase(bin: string, { name, flags, argument }: CommandGrammar): string {
  const words = quoted(flags.map((flag) => `--${flag.name}`))
  const argumentReply = argument === null ? ':' : replyOf(bin, argument)
  return `    ${name})
      if [[ $cur == -* ]]; then _${bin}_reply -W ${words} -- "$cur"; else ${argumentReply}; fi
      ;;
`
}

function replyOf(bin: string, place: Place): string {
  switch (place.kind) {
    case 'words':
      return `_${bin}_reply -W ${quoted(place.words)} -- "$cur"`
    case 'file':
      return `_${bin}_reply -f -- "$cur"`
    case 'free':
      return ':'
    default:
      return `_${bin}_reply -W "$(${bin} completion --names ${place.kind} 2>/dev/null)" -- "$cur"`
  }
}

function quoted(words: readonly string[]): string {
  return `'${words.join(' ')}'`
}
