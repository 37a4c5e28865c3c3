import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'

/** One case that once failed: byte strings that are read one after the other. */
export interface PastFailure {
  readonly file: URL
  readonly inputs: readonly Uint8Array[]
}

/** The failures of the past, by name. */
export function pastFailures(folder: URL): readonly PastFailure[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  return names.toSorted().map((name) => {
    const file = new URL(name, folder)
    return { file, inputs: parseCase(readFileSync(file, 'utf8')) }
  })
}

/** Keeps a case for every later run. The same case is kept once. */
export function keepFailure(folder: URL, comment: string, inputs: readonly Uint8Array[]): URL {
  const text = formatCase(comment, inputs)
  const name = crc32(Buffer.concat(inputs)).toString(16).padStart(8, '0')
  const file = new URL(`${name}.txt`, folder)
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, text)
  return file
}

/** `#` begins a comment; every other line is one byte string, `text` as a JSON string or `hex`. */
export function parseCase(text: string): readonly Uint8Array[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, form, value = ''] = /^(text|hex) ?(.*)$/.exec(line) ?? []
    if (form === 'text') return Buffer.from(String(JSON.parse(value)))
    if (form === 'hex') return Buffer.from(value, 'hex')
    throw new Error(`a case has lines "text ..." and "hex ...", not: ${line.slice(0, 40)}`)
  })
}

export function formatCase(comment: string, inputs: readonly Uint8Array[]): string {
  const comments = comment.split('\n').map((line) => `# ${line}`.trimEnd())
  return `${[...comments, ...inputs.map(formatInput)].join('\n')}\n`
}

function formatInput(input: Uint8Array): string {
  return isReadable(input) ? `text ${JSON.stringify(Buffer.from(input).toString())}` : `hex ${Buffer.from(input).toString('hex')}`
}

/** Text with few control characters, if any: JSON writes those in a way that can be read. */
function isReadable(input: Uint8Array): boolean {
  const controls = input.filter((byte) => byte < 0x20 && byte !== 0x0a && byte !== 0x0d)
  return isUtf8(input) && controls.length * 8 <= input.length
}
