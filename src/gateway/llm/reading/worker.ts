import { parentPort } from 'node:worker_threads'
import { readRequest } from '../read-request.ts'
import type { Task, Told } from './protocol.ts'

/** Reads large bodies beside the loop that answers everybody else. One at a time; the bytes go back as they came. */
parentPort?.on('message', ({ memory, route }: Task) => {
  const told: Told = { result: readRequest(Buffer.from(memory), route), memory }
  parentPort?.postMessage(told, [memory])
})
