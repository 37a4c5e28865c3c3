// Reads a data folder in a short-lived process of its own: a truncated or garbled file may end the reader with a signal.
import { openBook } from './book.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: verify <folder>')
const { book } = openBook(folder)
await book.close()
