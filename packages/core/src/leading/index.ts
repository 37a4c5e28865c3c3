/** For backends of clouds: what leads to the holder of an endpoint, and what may be asked of a cloud within a lease. */
export { askWithin, refuseLapsed } from './budget.ts'
export type { Budget, Claiming, Failure } from './budget.ts'
export { LedEndpoint } from './led-endpoint.ts'
export type { Lead, Leads } from './leads.ts'
export { readBack } from './read-back.ts'
