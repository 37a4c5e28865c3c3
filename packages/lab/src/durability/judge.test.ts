import { describe, expect, it } from 'vitest'
import { judgeTrace } from './judge.ts'

// Traces by hand, in the form of strace. The socket of NATS is 30, the book is 19, and its root is written through 20.
let at = 0
const line = (pid: number, text: string): string => `${pid} 17.${String((at += 1)).padStart(6, '0')} ${text}`
const quoted = (text: string): string => JSON.stringify(text)
const socket = '30<TCP:[127.0.0.1:40000->127.0.0.1:25000]>'
const book = '19</data/log.mdb>'
const opened = line(2, 'openat(AT_FDCWD</data>, "/data/log.mdb", O_RDWR|O_CREAT|O_CLOEXEC, 0664) = 19</data/log.mdb>')
const openedSync = line(2, 'openat(AT_FDCWD</data>, "/data/log.mdb", O_WRONLY|O_DSYNC|O_CLOEXEC) = 20</data/log.mdb>')
const connected = line(1, `write(${socket}, ${quoted('CONNECT {"verbose":false}\r\nPING\r\n')}, 34) = 34`)
const page = (...records: string[]): string => {
  const bytes = `\0\0\x02page ${records.map((record) => `1a2b3c4d${record}`).join('')}`
  return line(2, `pwrite64(${book}, "${bytes.replaceAll('"', '\\"').replaceAll('\0', '\\0')}", 4096, 8192) = 4096`)
}
const hard = (term: number, votedFor: string): string => `{"key":"hard","value":{"term":${term},"votedFor":"${votedFor}"}}`
const entry = (index: number, term: number): string =>
  `{"key":"entry/${String(index).padStart(16, '0')}","value":{"index":${index},"term":${term},"body":{"type":"noop"}}}`
const sync = line(2, `fdatasync(${book}) = 0`)
const root = line(2, 'pwrite64(20</data/log.mdb>, "\\24\\0\\0", 136, 4120) = 136')
const publish = (...payloads: string[]): string => {
  const text = payloads.map((payload) => `PUB movip.lab.to.n2 ${payload.length}\r\n${payload}\r\n`).join('')
  return line(
    1,
    `writev(${socket}, [{iov_base=${quoted(text.slice(0, 9))}, iov_len=9}, {iov_base=${quoted(text.slice(9))}, iov_len=1}], 2) = ${text.length}`,
  )
}
const message = (words: object): string => JSON.stringify({ v: 2, cluster: 'lab', message: { from: 'n1', to: 'n2', ...words } })
const granted = message({ type: 'vote-answer', term: 3, granted: true, pre: false })
const candidate = message({ type: 'vote-request', term: 3, pre: false })
const matched = message({ type: 'append-answer', term: 3, ok: true, index: 8 })
const beat = (words: object): string =>
  `{"v":2,"cluster":"lab","beat":{"sentAt":1,"echoes":[]}}\n${JSON.stringify({ type: 'beat', from: 'n1', term: 3, coordinator: null, matched: 8, ...words })}`

const start = [opened, openedSync, connected]
const judge = (...lines: string[]): readonly string[] => judgeTrace([...start, ...lines].join('\n')).violations

describe('the judge of what was on the disk before it was said', () => {
  it('acquits who said it after the pages were synced and the root was written', () => {
    expect(judge(page(hard(3, 'n2')), sync, root, publish(granted))).toEqual([])
    expect(judge(page(hard(3, 'n1')), sync, root, publish(candidate))).toEqual([])
    expect(judge(page(hard(3, 'n1'), entry(8, 3)), sync, root, publish(matched, beat({})))).toEqual([])
  })

  it('convicts a vote, a candidacy, an answer and a beat that were sent before anything was written', () => {
    for (const word of [granted, candidate, matched, beat({}), beat({ matched: 0, coordinator: 'n1' })])
      expect(judge(publish(word))).not.toEqual([])
  })

  it('convicts where the sync is missing, comes later, or had not returned', () => {
    const vote = page(hard(3, 'n2'))
    expect(judge(vote, publish(granted), sync, root)).toHaveLength(1)
    expect(judge(vote, sync, publish(granted), root)).toHaveLength(1)
    expect(judge(vote, root, publish(granted))).toHaveLength(1)
    expect(
      judge(vote, line(2, `fdatasync(${book} <unfinished ...>`), root, publish(granted), line(2, '<... fdatasync resumed>) = 0')),
    ).toHaveLength(1)
    expect(judge(vote, line(2, `fdatasync(${book}) = -1 EIO (Input/output error)`), root, publish(granted))).toHaveLength(1)
  })

  it('convicts where the root was not synced, or had not returned', () => {
    const plain = line(2, `pwrite64(${book}, "\\24\\0\\0", 136, 4120) = 136`)
    const begun = line(2, 'pwrite64(20</data/log.mdb>, "\\24\\0\\0", 136, 4120 <unfinished ...>')
    const vote = page(hard(3, 'n2'))
    expect(judge(vote, sync, plain, publish(granted))).toHaveLength(1)
    expect(judge(vote, sync, plain, sync, publish(granted))).toEqual([])
    expect(judge(vote, sync, begun, publish(granted), line(2, '<... pwrite64 resumed>) = 136'))).toHaveLength(1)
  })

  it('convicts a vote for another node or in another term than the one on the disk', () => {
    expect(judge(page(hard(3, 'n9')), sync, root, publish(granted))).toHaveLength(1)
    expect(judge(page(hard(2, 'n2')), sync, root, publish(granted))).toHaveLength(1)
  })

  it('convicts an acknowledgement of an entry that is just being overwritten', () => {
    const before = [page(hard(3, 'n1'), entry(8, 2)), sync, root]
    expect(judge(...before, publish(matched))).toEqual([])
    expect(judge(...before, page(entry(8, 3)), publish(matched), sync, root)).toHaveLength(1)
  })

  it('takes for durable after a crash only what was durable before it', () => {
    const vote = page(hard(3, 'n2'))
    expect(judge(vote, sync, root, opened, openedSync, connected, publish(granted))).toEqual([])
    expect(judge(vote, opened, openedSync, connected, sync, root, publish(granted))).toHaveLength(1)
  })

  it('counts what it judged, and puts messages together that were written in pieces', () => {
    const text = `PUB movip.lab.all ${granted.length}\r\n${granted}\r\n`
    const pieces = [text.slice(0, 40), text.slice(40)].map((piece) =>
      line(1, `write(${socket}, ${quoted(piece)}, ${piece.length}) = ${piece.length}`),
    )
    const { judged, violations } = judgeTrace([...start, ...pieces, publish(beat({ matched: 0 }), matched)].join('\n'))
    expect(judged).toEqual({ 'vote-request': 0, 'vote-answer': 1, 'append-answer': 1, beat: 1 })
    expect(violations).toHaveLength(3)
  })

  it('does not judge by buffers that strace has cut short', () => {
    expect(() => judge(line(1, `write(${socket}, "PUB movip"..., 9000) = 9000`))).toThrow('strace has cut')
  })
})
