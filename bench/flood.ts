import { availableParallelism } from 'node:os'
import { createFlood, type Flood } from '../test/flood.ts'
import { table } from './table.ts'

/**
 * What somebody who knows the id of a key can do with a million wrong secrets: to the door itself, and to those who
 * come with a right one that has not been proved here yet and so must wait for Argon2.
 */
const guesses = 1_000_000
const coldKeys = 100
/** As many as come in between two turns of the loop of a process that does nothing else. */
const perTurn = 50

const turn = (): Promise<void> => new Promise((next) => setImmediate(next))

async function timeOf(flood: Flood, n: number): Promise<number> {
  const begun = performance.now()
  const answer = await flood.cold(n)
  if (!answer.ok) throw new Error(`a right secret was refused: ${answer.problem.code}`)
  return performance.now() - begun
}

export async function printFlood(): Promise<void> {
  const cores = availableParallelism()
  const quiet = await createFlood(coldKeys, cores)
  const alone: number[] = []
  for (let n = 0; n < coldKeys; n += 1) alone.push(await timeOf(quiet, n))

  const flood = await createFlood(coldKeys, cores)
  const during: Promise<number>[] = []
  const cpu = process.threadCpuUsage()
  const begun = performance.now()
  for (let n = 0; n < guesses; n += 1) {
    const answer = flood.guess(n)
    if (answer instanceof Promise) await answer
    if (n % (guesses / coldKeys) === 0) during.push(timeOf(flood, during.length))
    if (n % perTurn === 0) await turn()
  }
  const { user, system } = process.threadCpuUsage(cpu)
  const seconds = (performance.now() - begun) / 1000
  const waited = await Promise.all(during)
  const at = (times: readonly number[], share: number): string => {
    const sorted = Float64Array.from(times).sort()
    return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)} ms`
  }
  process.stdout.write(
    table(
      [`${guesses} wrong secrets for one id`, 'measured', 'goal'],
      [
        ['runs of Argon2 for them', flood.argon2Runs() - coldKeys, '≤ 1'],
        ['each, made and refused', `${((user + system) / guesses).toFixed(2)} µs CPU`, ''],
        ['all of them', `${seconds.toFixed(1)} s`, ''],
        ['a right secret for the first time, meanwhile: p50', at(waited, 0.5), ''],
        ['  p95', at(waited, 0.95), '100 ms'],
        ['  longest', at(waited, 1), ''],
        ['the same without a flood: p50', at(alone, 0.5), ''],
        ['  p95', at(alone, 0.95), ''],
      ],
    ),
  )
}
