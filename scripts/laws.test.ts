import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Violation {
  readonly law: string
  readonly file: string
  readonly source: string
  readonly rule: string
}

const core = 'packages/core/src'
const use = (name: string, type = false): string =>
  `import ${type ? 'type ' : ''}{ thing } from '${name}'\nexport ${type ? 'type Thing = typeof thing' : 'const used = thing'}\n`

/** One file for each law that breaks it, and nothing else. */
const violations: readonly Violation[] = [
  { law: 'model imports nothing, not even a type', file: `${core}/model/a.ts`, source: use('../ports.ts', true), rule: 'laws(imports)' },
  { law: 'raft does not import the engine', file: `${core}/raft/a.ts`, source: use('../engine/step.ts'), rule: 'laws(imports)' },
  { law: 'raft does not import leases', file: `${core}/raft/deep/a.ts`, source: use('../../lease/promise.ts'), rule: 'laws(imports)' },
  { law: 'leases do not import raft', file: `${core}/lease/a.ts`, source: use('../raft/log.ts'), rule: 'laws(imports)' },
  { law: 'placement does not import leases', file: `${core}/placement/a.ts`, source: use('../lease/promise.ts'), rule: 'laws(imports)' },
  {
    law: 'the engine does not import the runner',
    file: `${core}/engine/a.ts`,
    source: use('../runner/types.ts', true),
    rule: 'laws(imports)',
  },
  { law: 'the engine imports no package', file: `${core}/engine/b.ts`, source: use('zod'), rule: 'laws(imports)' },
  { law: 'the runner uses the ports for their types only', file: `${core}/runner/a.ts`, source: use('../ports.ts'), rule: 'laws(imports)' },
  {
    law: 'the runner does not import the engine',
    file: `${core}/runner/b.ts`,
    source: use('../engine/types.ts', true),
    rule: 'laws(imports)',
  },
  {
    law: 'a re-export is an import',
    file: `${core}/engine/c.ts`,
    source: `export { thing } from '../runtime/loop.ts'\n`,
    rule: 'laws(imports)',
  },
  { law: 'the runtime does not import adapters', file: `${core}/runtime/a.ts`, source: use('../adapters/clock.ts'), rule: 'laws(imports)' },
  {
    law: 'adapters do not import the engine',
    file: `${core}/adapters/a.ts`,
    source: use('../engine/types.ts', true),
    rule: 'laws(imports)',
  },
  { law: 'core imports no backend', file: `${core}/runtime/b.ts`, source: use('@movip/backend-arp'), rule: 'laws(imports)' },
  {
    law: 'a backend does not import the root of core',
    file: 'packages/backend-arp/src/a.ts',
    source: use('@movip/core'),
    rule: 'laws(imports)',
  },
  {
    law: 'a backend does not import NATS',
    file: 'packages/backend-arp/src/b.ts',
    source: use('@nats-io/transport-node'),
    rule: 'laws(imports)',
  },
  {
    law: 'a backend does not import another backend',
    file: 'packages/backend-arp/src/c.ts',
    source: use('@movip/backend-dns'),
    rule: 'laws(imports)',
  },
  {
    law: 'a backend does not reach into core by path',
    file: 'packages/backend-arp/src/d.ts',
    source: use('../../core/src/backend.ts'),
    rule: 'laws(imports)',
  },
  {
    law: 'shipped code of a backend does not import the contract suite',
    file: 'packages/backend-arp/src/e.ts',
    source: use('@movip/core/testing'),
    rule: 'laws(imports)',
  },
  { law: 'the CLI imports no backend statically', file: 'packages/cli/src/a.ts', source: use('@movip/backend-arp'), rule: 'laws(imports)' },
  { law: 'the lab imports no backend', file: 'packages/lab/src/a.ts', source: use('@movip/backend-arp'), rule: 'laws(imports)' },
  {
    law: 'the engine imports no node module',
    file: `${core}/engine/d.ts`,
    source: `import { join } from 'node:path'\nexport const used = join\n`,
    rule: 'import(no-nodejs-modules)',
  },
  {
    law: 'the engine has no async function',
    file: `${core}/engine/e.ts`,
    source: `export async function later(): Promise<void> {}\n`,
    rule: 'oxc(no-async-await)',
  },
  {
    law: 'the engine has no async method',
    file: `${core}/engine/e2.ts`,
    source: `export class Later {\n  async do(): Promise<void> {}\n}\n`,
    rule: 'oxc(no-async-await)',
  },
  {
    law: 'the engine has no async arrow',
    file: `${core}/engine/e3.ts`,
    source: `export const later = async () => 1\n`,
    rule: 'oxc(no-async-await)',
  },
  {
    law: 'the engine makes no promise',
    file: `${core}/engine/e4.ts`,
    source: `export const later = Promise.resolve(1)\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'raft sets no timer',
    file: `${core}/raft/b.ts`,
    source: `export const timer = setTimeout(() => undefined, 1)\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'leases do not read the wall clock',
    file: `${core}/lease/b.ts`,
    source: `export const now = Date.now()\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'leases do not read the process clock',
    file: `${core}/lease/c.ts`,
    source: `export const now = performance.now()\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'placement does not look at the process',
    file: `${core}/placement/b.ts`,
    source: `export const argv = process.argv\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'placement prints nothing',
    file: `${core}/placement/c.ts`,
    source: `export const say = () => console.log('x')\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'no global is reached by a detour',
    file: `${core}/model/b.ts`,
    source: `export const now = globalThis.Date.now()\n`,
    rule: 'eslint(no-restricted-globals)',
  },
  {
    law: 'the runner draws no random number',
    file: `${core}/runner/c.ts`,
    source: `export const drawn = Math.random()\n`,
    rule: 'eslint(no-restricted-properties)',
  },
  {
    law: 'no promise floats',
    file: `${core}/runtime/c.ts`,
    source: `export function start(job: () => Promise<void>): void {\n  job()\n}\n`,
    rule: 'typescript(no-floating-promises)',
  },
  {
    law: 'files do not import each other in a circle',
    file: `${core}/runtime/d.ts`,
    source: `import { e } from './e.ts'\nexport const d = () => e\n`,
    rule: 'import(no-cycle)',
  },
  { law: 'there is no default export', file: `${core}/runtime/f.ts`, source: `export default 1\n`, rule: 'import(no-default-export)' },
  { law: 'nothing is any', file: `${core}/runtime/g.ts`, source: `export const loose: any = 1\n`, rule: 'typescript(no-explicit-any)' },
  {
    law: 'types are imported as types',
    file: `${core}/runtime/h.ts`,
    source: `import { D } from './types.ts'\nexport type T = D\n`,
    rule: 'typescript(consistent-type-imports)',
  },
  { law: 'the daemon logs and does not print', file: `${core}/runtime/i.ts`, source: `console.log('x')\n`, rule: 'eslint(no-console)' },
  {
    law: 'a file has at most 300 lines',
    file: `${core}/runtime/j.ts`,
    source: Array.from({ length: 301 }, (_, i) => `export const x${i} = ${i}\n`).join(''),
    rule: 'eslint(max-lines)',
  },
  {
    law: 'a function has at most 60 lines',
    file: `${core}/runtime/k.ts`,
    source: `export function long(list: number[]): void {\n${'  list.push(1)\n'.repeat(60)}}\n`,
    rule: 'eslint(max-lines-per-function)',
  },
  {
    law: 'a function has at most 5 parameters',
    file: `${core}/runtime/l.ts`,
    source: `export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, f: 1) => [a, b, c, d, e, f]\n`,
    rule: 'eslint(max-params)',
  },
  {
    law: 'work is finished, not promised',
    file: `${core}/runtime/m.ts`,
    source: `// TODO later\nexport const m = 1\n`,
    rule: 'eslint(no-warning-comments)',
  },
]

/** What the laws allow. */
const lawful: Readonly<Record<string, string>> = {
  [`${core}/runtime/e.ts`]: `import { d } from './d.ts'\nexport const e = () => d\n`,
  [`${core}/runtime/types.ts`]: `export interface D {\n  readonly d: number\n}\n`,
  [`${core}/runtime/daemon.ts`]: use('../adapters/clock.ts'),
  [`${core}/runner/ok.ts`]: use('../ports.ts', true),
  [`${core}/runner/inline.ts`]: `import { type Clock } from '../ports.ts'\nexport type Thing = Clock\n`,
  [`${core}/engine/ok.ts`]: use('../raft/log.ts') + `export * from '../lease/promise.ts'\n`,
  [`${core}/engine/ok.test.ts`]: `import { readFileSync } from 'node:fs'\nexport const trace = async () => readFileSync('x') && Date.now()\n`,
  'packages/backend-arp/src/index.ts': `import { thing } from '@movip/core/backend'\nimport koffi from 'koffi'\nexport default { thing, koffi }\n`,
  'packages/backend-arp/src/ok.ts': use('./frames/arp.ts'),
  'packages/backend-arp/src/contract.test.ts': use('@movip/core/testing'),
  'packages/backend-arp/src/testing/contract.ts': use('@movip/core/testing'),
  'packages/cli/src/commands/run.ts': `export default () => import('@movip/backend-arp')\n`,
}

let folder: string
let found: readonly { readonly filename: string; readonly code: string }[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'movip-laws-'))
  const put = (file: string, source: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), source)
  }
  for (const file of ['.oxlintrc.json', 'scripts/laws.ts', 'tsconfig.base.json', 'packages/core/tsconfig.json'])
    cpSync(join(root, file), join(folder, file), { recursive: true })
  put('package.json', '{ "type": "module" }')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const { file, source } of violations) put(file, source)
  for (const [file, source] of Object.entries(lawful)) put(file, source)
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json', 'packages'], {
    cwd: folder,
    encoding: 'utf8',
  })
  try {
    found = (JSON.parse(stdout) as { diagnostics: typeof found }).diagnostics
  } catch {
    throw new Error(`the linter gave no report: ${stdout}${stderr}`)
  }
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rulesFor = (file: string): readonly string[] => found.filter(({ filename }) => filename.endsWith(file)).map(({ code }) => code)

describe('the linter reports what breaks a law', () => {
  it.each(violations)('$law', ({ file, rule }) => {
    expect(rulesFor(file)).toContain(rule)
  })
})

describe('the linter lets pass what the laws allow', () => {
  it.each(Object.keys(lawful).filter((file) => !file.endsWith('/e.ts')))('%s', (file) => {
    expect(rulesFor(file)).toEqual([])
  })
})
