export * from './lab.ts'
export * from './demo/demo.ts'
