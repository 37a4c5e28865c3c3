import { expect, it } from 'vitest'
import { longestUnansweredMs } from './unanswered.ts'

const of = (...seqs: number[]): { readonly seq: number }[] => seqs.map((seq) => ({ seq }))

it('is nothing where every question was answered, in whatever order', () => {
  expect(longestUnansweredMs(of(5, 6, 8, 7, 7), 2)).toBe(0)
  expect(longestUnansweredMs([], 2)).toBe(0)
})

it('is the longest run of questions without an answer', () => {
  expect(longestUnansweredMs(of(1, 3, 7, 8), 2)).toBe(6)
})
