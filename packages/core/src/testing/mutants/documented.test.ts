import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { allMutants } from './all-mutants.ts'

const page = readFileSync(fileURLToPath(new URL('../../../../../docs/safety.md', import.meta.url)), 'utf8')

it.each(allMutants.map(({ name }) => name))('the planted bug %s stands in docs/safety.md', (name) => {
  expect(page).toContain(`\`${name}\``)
})
