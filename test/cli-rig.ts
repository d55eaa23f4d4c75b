import { Command } from 'commander'
import { addCommands } from '../src/cli/commands.ts'
import { runProgram } from '../src/cli/run-program.ts'
import type { Terminal } from '../src/cli/terminal.ts'

export type Sent = {
  readonly method: string
  /** Below /api/v1, with the query. */
  readonly path: string
  readonly body: unknown
  readonly ifMatch: string | null
}
type Reply = { readonly status?: number; readonly body: unknown; readonly etag?: string }
/** By method and path, as in `GET /teams/:id`, without the query; the first that fits answers. */
export type Answers = Readonly<Record<string, Readonly<Record<string, unknown>> | ((sent: Sent) => Reply)>>

export const problem = (status: number, code: string, more: object = {}): Reply => ({
  status,
  body: { title: code, status, detail: `It is ${code}.`, code, requestId: 'req_1', ...more },
})
export const effect = {
  acked: [{ gateway: 'gwy_1', afterMs: 7 }],
  pending: [],
  effectiveEverywhereBy: '2026-11-20T00:00:00.007Z',
}
export const inForce = (force: string) =>
  `  ${force} on gwy_1 after 7 ms\n  ${force} everywhere since 2026-11-20T00:00:00.007Z\n`

/** The command line in front of a control that answers as told and remembers what it was asked. */
export function cliRig(answers: Answers, more: Partial<Terminal> = {}) {
  const sent: Sent[] = []
  const ask: typeof fetch = async (target, init = {}) => {
    const { pathname, search } = new URL(target instanceof Request ? target.url : target)
    const path = pathname.replace('/api/v1', '')
    const method = init.method ?? 'GET'
    const headers = new Headers(init.headers)
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    const seen = { method, path: `${path}${search}`, body, ifMatch: headers.get('if-match') }
    sent.push(seen)
    const found = Object.entries(answers).find(([route]) => patternOf(route).test(`${method} ${path}`))
    const answer: Reply =
      found === undefined
        ? problem(404, 'not_found')
        : typeof found[1] === 'function'
          ? found[1](seen)
          : { body: found[1] }
    const { status = method === 'POST' ? 201 : 200, etag } = answer
    return new Response(JSON.stringify(answer.body), { status, headers: etag === undefined ? {} : { etag } })
  }
  const ostiary = async (...args: string[]) => {
    const printed = { out: '', err: '' }
    let code = 0
    const program = new Command('ostiary').exitOverride().configureOutput({
      writeOut: (chunk) => (printed.out += chunk),
      writeErr: (chunk) => (printed.err += chunk),
    })
    const terminal: Terminal = {
      env: { OSTIARY_URL: 'http://control.test', OSTIARY_TOKEN: `osta_${'A'.repeat(16)}_${'x'.repeat(49)}` },
      readFile: () => {
        throw new Error('no file')
      },
      createFile: () => {
        throw new Error('no file')
      },
      gatewayAudit: async () => null,
      recover: async () => ({ is: 'absent', why: 'There is no database.' }),
      stdin: async () => '',
      out: (chunk) => (printed.out += chunk),
      err: (chunk) => (printed.err += chunk),
      progress: () => {},
      ask: null,
      fetch: ask,
      pause: async () => {},
      now: () => 0,
      ...more,
    }
    addCommands(program, terminal, '1.2.3', (result) => {
      code = result
    })
    const result = await runProgram(program, ['node', 'ostiary', ...args], () => code)
    return { code: result, ...printed }
  }
  /** What was changed, without what was only read. */
  const changes = () => sent.filter(({ method }) => method !== 'GET')
  return { ostiary, sent, changes }
}

const patternOf = (route: string): RegExp => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`)

/** The sentence of a wrong usage. */
export const sentenceOf = ({ code, out, err }: { code: number; out: string; err: string }) => {
  const [, said] = /^ostiary: (.*) \(usage\)\n$/.exec(err) ?? []
  return [code, out, said ?? err]
}
