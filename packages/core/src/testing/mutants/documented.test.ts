/** Holds docs/safety.md against what there is, both ways: what it names exists, and what exists is named. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { allStories } from '../sim/stories/all-stories.ts'
import { allMutants } from './all-mutants.ts'

const docs = new URL('../../../../../docs/', import.meta.url)
const testing = new URL('../', import.meta.url)
const page = readFileSync(new URL('safety.md', docs), 'utf8')
/** Without its line breaks, and without what is printed in bold. */
const prose = page.replaceAll(/\s+/g, ' ').replaceAll(/\*\*[^*]*\*\*/g, '')
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
/** In italics stand the names of rules, tests and stories; single words may stand so because they matter. */
const inItalics = (text: string): string[] =>
  [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\*([^*]+)\*/g)].map(([, name = '']) => name).filter((name) => name.includes(' '))

const linked = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)|^\[[^\]]+\]: (.+)$/gm)]
  .map(([, inline, below = '']) => inline ?? below)
  .filter((target) => !target.startsWith('https:'))
const isThere = (target: string): boolean => existsSync(fileURLToPath(new URL(target, docs)))
const tests = linked
  .filter((target) => target.endsWith('.ts') && isThere(target))
  .map((target) => readFileSync(new URL(target, docs), 'utf8'))

const mutants = allMutants.map(({ name }) => name)
const stories = allStories.map(({ name }) => name)
const scenarios = readdirSync(new URL('../../../scenarios/', import.meta.url)).map((name) => name.replace('.txt', ''))
const rules = rulesOf(testing)

/** Every rule that `violate` can name. */
function rulesOf(folder: URL): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const texts = sources.map((file) => readFileSync(new URL(file, folder), 'utf8'))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/violate\(\s*'([^']+)'/g)].map(([, rule = '']) => rule)))]
}

/** Is there a test of this title in one of the texts? `...` stands for what is left out. */
function isTitle(name: string, texts: readonly string[]): boolean {
  const parts = name.split('...').map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return texts.some((text) => new RegExp(`['"\`]${parts.join('.*')}['"\`]`).test(text))
}

/** Titles with the file that stands right before them: `[file] *title*, *title*`. */
const titlesByFile = [...prose.matchAll(/\[([^\]]+)\]((?:,? \*[^*]+\*)+)/g)].flatMap(([, label = '', names = '']) => {
  const file = new RegExp(`^\\[${label}\\]: (.+)$`, 'm').exec(page)?.[1] ?? ''
  return inItalics(names).map((name) => [name, file] as const)
})

describe('docs/safety.md names', () => {
  it.each(mutants)('the planted bug %s', (name) => {
    expect(quoted(page)).toContain(name)
  })

  it.each(scenarios)('the scenario %s', (name) => {
    expect(quoted(page)).toContain(name)
  })

  it.each(rules)('the rule "%s"', (name) => {
    expect(inItalics(prose)).toContain(name)
  })
})

describe('docs/safety.md names nothing that is not there', () => {
  /** An event of the shipped code, and a target of the fuzzing. */
  const others = ['arp-rival', 'data-file']

  it.each([...new Set(inItalics(prose))])('"%s" is a rule, a story, or a test in a file that the page links to', (name) => {
    expect(rules.includes(name) || stories.includes(name) || isTitle(name, tests)).toBe(true)
  })

  it('as a test of another file', () => {
    expect(titlesByFile.length).toBeGreaterThan(50)
    expect(titlesByFile.filter(([name, file]) => !isTitle(name, [readFileSync(new URL(file, docs), 'utf8')]))).toEqual([])
  })

  it('as a planted bug or a scenario', () => {
    const names = quoted(page).filter((name) => /^[a-z0-9.]+(-[a-z0-9.]+)+$/.test(name))
    expect(names.filter((name) => ![...mutants, ...scenarios, ...others].includes(name))).toEqual([])
  })

  it('as a link', () => {
    expect(linked.filter((target) => !isThere(target))).toEqual([])
  })
})

/** The cells of each row of the tables that have such a column, by the names of the columns. */
function rowsWith(column: string): Record<string, string>[] {
  const tables = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
    table
      .trimEnd()
      .split('\n')
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  )
  return tables.flatMap(([head = [], , ...rows]) =>
    head.includes(column) ? rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? '']))) : [],
  )
}

describe('each claim in the tables of docs/safety.md has, or says why it has not,', () => {
  const rows = rowsWith('planted bug')
  const isMissing = (kind: string, isNamed: (cell: string) => boolean): string[] =>
    rows.filter((row) => !(row[kind] ?? '').startsWith('none: ') && !isNamed(row[kind] ?? '')).map((row) => JSON.stringify(row))

  it('a checker', () => {
    expect(rows.length).toBeGreaterThan(20)
    expect(isMissing('checker', (cell) => inItalics(cell).some((name) => rules.includes(name)))).toEqual([])
  })

  it('a scenario, or a story that the simulator tells', () => {
    const isNamed = (cell: string): boolean =>
      quoted(cell).some((name) => scenarios.includes(name)) || inItalics(cell).some((name) => stories.includes(name))
    expect(isMissing('scenario or story', isNamed)).toEqual([])
  })

  it('a planted bug', () => {
    expect(isMissing('planted bug', (cell) => quoted(cell).some((name) => mutants.includes(name)))).toEqual([])
  })
})
