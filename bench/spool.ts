import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Incoming } from '../src/gateway/incoming.ts'
import { openSpool } from '../src/gateway/spool/spool.ts'
import { createNoting, type Outcome } from '../src/gateway/usage/note.ts'

/** Calls that end in one turn of the loop on a busy gateway; they share a write. */
const perTurn = 16

const outcome: Outcome = {
  kind: 'mcp',
  status: 200,
  code: null,
  tokens: null,
  estimated: false,
  cost: null,
  price: null,
  charges: [],
  firstByteMs: null,
}

/** Writes each call into a real file, as the gateway does at its end. */
export async function openBenchSpool(monotonic: () => number) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'ostiary-bench-'))
  let end = (): void => {}
  const spool = await openSpool({
    directory,
    boot: 'boot_bench',
    now: Date.now,
    setTimer: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    log: { warn: () => {}, error: (fields) => process.stderr.write(`${JSON.stringify(fields)}\n`) },
    atTurnEnd: (run) => {
      end = run
    },
  })
  const noting = createNoting({ spool, now: Date.now, monotonic })
  let waiting = 0
  return {
    write: (call: Incoming): void => {
      noting.done(call, outcome, null, () => {})
      waiting += 1
      if (waiting % perTurn === 0) end()
    },
    close: async (): Promise<void> => {
      await spool.close()
      rmSync(directory, { recursive: true })
    },
  }
}
