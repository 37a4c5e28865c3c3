import { describe, expect, it } from 'vitest'
import { effectiveRoutes } from './effective-routes.ts'
import { shop } from './testing/rig.ts'
import { asApplied } from './world.ts'

describe('effective routes', () => {
  it('are those that packets go by, whatever was asked for since', () => {
    const { world, table, nodes } = shop()
    table.properties = { ...table.properties, routes: [] }
    const toldOf = (): readonly unknown[] => effectiveRoutes(asApplied(world), nodes[0])['value'] as readonly unknown[]
    expect(toldOf()).toContainEqual(expect.objectContaining({ source: 'User', nextHopIpAddress: ['10.0.1.10'] }))
    table.applied = table.properties
    expect(toldOf()).not.toContainEqual(expect.objectContaining({ source: 'User' }))
  })
})
