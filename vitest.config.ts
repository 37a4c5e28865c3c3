import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))

/** Tests import the packages of this repository as users do; here these names lead to the sources, so that no build is needed. */
function sourceAliases(): { find: RegExp; replacement: string }[] {
  return readdirSync(`${root}packages`).flatMap((folder) => {
    const { name, exports = {} } = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, 'utf8')) as {
      name: string
      exports?: Record<string, { default: string }>
    }
    return Object.entries(exports).map(([entry, target]) => ({
      find: new RegExp(`^${name}${entry.slice(1)}$`),
      replacement: `${root}packages/${folder}/${target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')}`,
    }))
  })
}

const sims = 'packages/*/src/**/*.sim.test.ts'
const labs = 'packages/*/src/**/*.lab.test.ts'
/** Of these several may run at a time: each in namespaces of its own, and none judges how long something takes. */
const pairs = [
  'packages/backend-arp/src/old-flows.lab.test.ts',
  'packages/cli/src/{bad-input,bin,daemon,import-cost,operators,witness}.lab.test.ts',
  'packages/core/src/{checks/kinds/ping,programs/process-table}.lab.test.ts',
  'packages/core/src/service/{ocf-agents,systemd}.lab.test.ts',
  'packages/lab/src/balanced/*-{check,contract}.lab.test.ts',
  'packages/lab/src/balanced/contract.lab.test.ts',
  'packages/lab/src/{fencing,services,watchdog}.lab.test.ts',
  'packages/lab/src/clouds/aws/aws-{check,contract,faults,modes}.lab.test.ts',
  'packages/lab/src/clouds/*/v*.lab.test.ts',
  'packages/lab/src/clouds/led/led-{late,modes}.lab.test.ts',
  'packages/lab/src/dns/*.lab.test.ts',
  'packages/lab/src/durability/*.lab.test.ts',
  'packages/lab/src/examples/*.lab.test.ts',
  'packages/lab/src/hybrid/*.lab.test.ts',
  'packages/lab/src/services/{checks,paused,peer,postgresql,restart}.lab.test.ts',
  'packages/lab/src/sites/*.lab.test.ts',
]
const fuzzes = 'packages/*/src/**/*.fuzz.test.ts'
const resolve = { alias: sourceAliases() }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'scripts/*.test.ts'],
          exclude: [sims, labs, fuzzes],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      { resolve, test: { name: 'sim', include: [sims], testTimeout: 300_000, hookTimeout: 30_000 } },
      // `npm run fuzz` says how many cases a target gets: with very many, a target takes minutes.
      {
        resolve,
        test: { name: 'fuzz', include: [fuzzes], testTimeout: 3_600_000, hookTimeout: 30_000, globalSetup: 'scripts/fuzz-target.ts' },
      },
      // Lab tests change the machine's network namespaces and measure time: one after the other, nothing beside them. They run the built programs.
      {
        resolve,
        test: {
          name: 'lab',
          include: [labs],
          exclude: pairs,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          maxWorkers: 1,
        },
      },
      { resolve, test: { name: 'lab-pairs', include: pairs, testTimeout: 180_000, hookTimeout: 120_000, maxWorkers: 2 } },
    ],
  },
})
