/** One of several threads that run worlds: takes a batch of seeds at a time and says what came of it. */
import { parentPort } from 'node:worker_threads'
import { runBatch } from './batch.ts'
import type { Batch } from './batch.ts'

parentPort?.on('message', (batch: Batch) => parentPort?.postMessage(runBatch(batch)))
