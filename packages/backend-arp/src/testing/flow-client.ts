/** A program for tests: connects to port 7000 of an address, speaks when it is told to, and tells what becomes of the connection. */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const socket = connect({ host: process.argv[2] ?? '', port: 7000 }, () => say('connected'))
socket.on('data', () => say('heard'))
socket.on('error', (error: NodeJS.ErrnoException) => say(`lost ${error.code}`))
socket.on('end', () => say('lost END'))
createInterface({ input: process.stdin })
  .on('line', () => socket.write('hello\n'))
  .on('close', () => process.exit(0))
