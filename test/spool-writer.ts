import { writeSync } from 'node:fs'
import { openSpool } from '../src/gateway/spool/spool.ts'
import { call, reserved } from './spool-rig.ts'
import { silent } from './stores.ts'

/** Admits and ends calls until it is killed, and says of each `open <id>` when it may run and `done <id>` when it is released. */
const [, , directory = '', boot = ''] = process.argv
const spool = await openSpool({
  directory,
  boot,
  now: Date.now,
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  log: silent,
})
const say = (line: string): void => void writeSync(1, `${line}\n`)
// Who has started it is gone: so is the reason to go on.
process.on('disconnect', () => process.exit())

async function one(id: string, isOpened: boolean): Promise<void> {
  const mark = isOpened ? await spool.open(reserved(id), true) : null
  if (mark?.ok) say(`open ${id}`)
  await new Promise<void>((resolve) =>
    spool.done(call(id), mark?.ok ? mark.value : null, () => {
      say(`done ${id}`)
      resolve()
    }),
  )
}

async function worker(name: string): Promise<never> {
  for (let n = 0; ; n += 1) await one(`${boot}_${name}_${n}`, n % 3 === 0)
}
await Promise.all(['a', 'b', 'c', 'd'].map(worker))
