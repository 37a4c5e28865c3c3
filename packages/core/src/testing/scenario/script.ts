/** One block of a scenario script: commands, then `----`, then the trace that they are recorded to leave. */
export interface Block {
  readonly comments: readonly string[]
  readonly commands: readonly string[]
  readonly trace: readonly string[]
}

/**
 * Reads a script: blocks stand apart by an empty line, `#` begins a comment line, `----` the recorded trace.
 * A block of comments alone is a heading.
 */
export function parseScript(text: string): Block[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const lines = paragraph.split('\n').map((line) => line.trimEnd())
      const rule = lines.indexOf('----')
      const head = rule === -1 ? lines : lines.slice(0, rule)
      return {
        comments: head.filter((line) => line.startsWith('#')),
        commands: head.filter((line) => line !== '' && !line.startsWith('#')),
        trace: rule === -1 ? [] : lines.slice(rule + 1),
      }
    })
}

export function formatScript(blocks: readonly Block[]): string {
  return `${blocks.map(formatBlock).join('\n\n')}\n`
}

function formatBlock(block: Block): string {
  const head = [...block.comments, ...block.commands]
  return (block.commands.length === 0 ? head : [...head, '----', ...block.trace]).join('\n')
}
