import { expect, it } from 'vitest'
import { Judge } from './judge.ts'

/** What the judge thinks after each answer. */
function after(answers: string): string {
  const judge = new Judge({ healthyAfter: 2, unhealthyAfter: 3 })
  return answers
    .split('')
    .map((answer) => {
      const isNews = judge.hear(answer === '+')
      return `${judge.isHealthy ? 'H' : 'U'}${isNews ? '!' : ''}`
    })
    .join(' ')
}

it.each([
  ['begins as unhealthy, and is healthy after so many good answers', '++', 'U H!'],
  ['counts only answers in a row', '+-++', 'U U U H!'],
  ['stays healthy until so many bad answers', '++--+---', 'U H! H H H H H U!'],
])('a backend %s', (_, answers, expected) => {
  expect(after(answers)).toBe(expected)
})
