#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { run } from '@oclif/core'

try {
  // There are no plugins of users: nothing is looked for in their home, which a service may not be able to read.
  await run(process.argv.slice(2), { root: fileURLToPath(import.meta.url), userPlugins: false })
} catch (error) {
  const { reportOutside } = await import('../dist/outside.js')
  await reportOutside(error)
}
