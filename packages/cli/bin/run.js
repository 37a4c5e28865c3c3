#!/usr/bin/env node
import { flush, run } from '@oclif/core'

try {
  await run(process.argv.slice(2), import.meta.url)
} catch (error) {
  const { reportOutside } = await import('../dist/outside.js')
  reportOutside(error)
}
await flush()
