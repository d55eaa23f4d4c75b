import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { createHashing, type Hashing } from './thread.ts'

const pepper = new Uint8Array(32).fill(7)
const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})
const started = (program?: URL): Hashing => {
  const hashing = createHashing(program)
  undo.push(hashing.stop)
  return hashing
}
const program = (code: string) =>
  new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'\n${code}`)}`)

test('each who asks gets the answer to his own password, in whatever number they come', async () => {
  const hashing = started()
  const passwords = ['one of three of them', 'two of three of them', 'three of three of them']
  const hashes = await Promise.all(passwords.map((password) => hashing.hash(password, pepper)))
  const asked = passwords.flatMap((password) => hashes.map((phc) => hashing.verify(phc, password, pepper)))
  expect(await Promise.all(asked)).toEqual([true, false, false, false, true, false, false, false, true])
  expect(await hashing.verify(null, 'nobody has this password', pepper)).toBe(false)
  expect(await hashing.verify(hashes[0] ?? '', passwords[0] ?? '', new Uint8Array(32))).toBe(false)
})

test('what is no hash fails for whoever asked and for nobody else', async () => {
  const hashing = started()
  const [broken, right] = await Promise.allSettled([
    hashing.verify('no hash', 'a password', pepper),
    hashing.hash('a password', pepper),
  ])
  expect([broken.status, right.status]).toEqual(['rejected', 'fulfilled'])
})

test('a thread that breaks fails who waits for it, and the next password starts another', async () => {
  const breaks = "parentPort.on('message', ({ password }) => {"
  const hashing = started(
    program(
      `${breaks} if (password === 'break') process.exit(1); parentPort.postMessage({ ok: true, value: 'hash' }) })`,
    ),
  )
  const [first, second] = await Promise.allSettled([hashing.hash('break', pepper), hashing.hash('behind it', pepper)])
  expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
  expect(await hashing.hash('afterwards', pepper)).toBe('hash')
})

test.runIf(process.platform === 'linux')('on Linux it yields to the other threads, whose priority stays', async () => {
  const before = getPriority()
  await started().hash('a password', pepper)
  expect(getPriority()).toBe(before)
  expect(nicenesses()).toContain(10)
})

/** Of all threads of this process (proc(5): the 19th field, counted from behind the name). */
function nicenesses(): number[] {
  const threads = '/proc/self/task'
  return readdirSync(threads).flatMap((thread) => {
    try {
      const stat = readFileSync(`${threads}/${thread}/stat`, 'utf8')
      return [Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])]
    } catch {
      return []
    }
  })
}
