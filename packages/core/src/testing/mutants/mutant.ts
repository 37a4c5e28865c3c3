/** One place of the sources, and what stands there instead. */
export interface Edit {
  /** Path below `packages/core/src`. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly text: string
  readonly instead: string
}

/** A planted bug: one mistake against one rule. */
export interface Mutant {
  readonly name: string
  /** The mistake in words; and why, where more than one edit is needed. */
  readonly what: string
  /** More than one where the mistake has two halves, or where another rule, taken away as well, would hide it. */
  readonly edits: readonly [Edit, ...Edit[]]
}

/** The file with the edit made. Throws where the text is not there exactly once: the sources have moved on. */
export function applyEdit(source: string, { file, text, instead }: Edit): string {
  const found = source.split(text).length - 1
  if (found !== 1) throw new Error(`${file} has the text to be replaced ${found} times, not once; adapt the mutant to the sources: ${text}`)
  return source.replace(text, () => instead)
}
