import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cliRig } from './cli-rig.ts'
import type { Running } from './tenants/control.ts'

/** A folder of files, and the command line in front of a control that really runs. */
export type Desk = ReturnType<typeof createDesk>

export function createDesk({ url, operator }: Pick<Running, 'url' | 'operator'>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-configuration-'))
  const env: Record<string, string> = {}
  let calls = 0
  const sent: string[] = []
  /** Refuses to go on from this change on; null: all of them go through. */
  let changesLeft: number | null = null
  let [said, hook]: [string | null, null | { method: string; work: () => Promise<void> }] = [null, null]
  const fetchOnce: typeof fetch = async (target, init = {}) => {
    const method = init.method ?? 'GET'
    if (hook?.method === method) {
      const { work } = hook
      hook = null
      await work()
    }
    if (method !== 'GET') {
      if (changesLeft === 0) throw new TypeError('cut off')
      if (changesLeft !== null) changesLeft -= 1
      sent.push(`${method} ${new URL(String(target)).pathname.replace('/api/v1', '')}`)
    }
    calls += 1
    const headers = new Headers(init.headers)
    // Each from an address of its own: how often one may guess is not what is asked here.
    headers.set('x-forwarded-for', `10.9.${Math.floor(calls / 250) % 250}.${(calls % 250) + 1}`)
    return fetch(target, { ...init, headers })
  }
  const asker = () => (said === null ? null : async () => said ?? '')
  const run = (token: string, ...args: string[]) =>
    cliRig({}, { env: { OSTIARY_URL: url, OSTIARY_TOKEN: token, ...env }, fetch: fetchOnce, ask: asker() }).ostiary(
      ...args,
    )
  const file = (name: string): string => path.join(folder, name)
  return {
    env,
    sent,
    file,
    folder,
    write: (name: string, text: string): string => {
      mkdirSync(path.dirname(file(name)), { recursive: true })
      writeFileSync(file(name), text)
      return file(name)
    },
    cutAfter: (changes: number | null): void => {
      changesLeft = changes
    },
    /** Somebody sits there and says this; null: nobody. */
    answer: (word: string | null): void => {
      said = word
    },
    /** Once, right before the first call with this method. */
    before: (method: string, work: () => Promise<void>): void => {
      hook = { method, work }
    },
    as: (token: string, ...args: string[]) => run(token, ...args),
    ostiary: (...args: string[]) => run(operator, ...args),
    /** Applies this text as one file, as a script would. */
    apply: (text: string, ...more: string[]) => {
      writeFileSync(file('one.yaml'), text)
      return run(operator, 'apply', '-f', file('one.yaml'), '--yes', ...more)
    },
    exported: async (...more: string[]) => (await run(operator, 'export', ...more)).out,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
