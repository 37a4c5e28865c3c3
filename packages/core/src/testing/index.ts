export { describeBackend } from './backend-contract.ts'
export type { ContractOptions, ContractSubject, TestFrame } from './backend-contract.ts'
