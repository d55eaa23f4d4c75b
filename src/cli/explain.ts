import { z } from 'zod'
import { ExplainInput } from '../access/schema.ts'
import { usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { inputOf, present } from './input.ts'
import { perform } from './perform.ts'
import { facts, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type ExplainOptions = Style & {
  readonly key?: string
  readonly child?: string
  readonly server?: string
  readonly tool?: string
  readonly method?: string
  readonly model?: string
  readonly provider?: string
  readonly address?: string
  readonly gateway?: string
  readonly at?: string
}

const Explanation = z.looseObject({
  allowed: z.boolean(),
  code: z.string().nullable(),
  rule: z.string().nullable(),
  reason: z.string().nullable(),
  trace: z.array(
    z.looseObject({
      check: z.string(),
      passed: z.boolean(),
      code: z.string().nullable(),
      rule: z.string().nullable(),
    }),
  ),
})
type Explanation = z.infer<typeof Explanation>

/** May this key do that, and if not, why? Ends like the call itself would: refused is 3. */
export const explain = (terminal: Terminal, options: ExplainOptions): Promise<Exit> =>
  perform(terminal, options, question(options), async (control, body) => {
    const answer = await control.call({ method: 'POST', path: '/access/explain', body }, Explanation)
    if (!answer.ok) return answer
    const { allowed } = answer.value
    const shown = { raw: answer.raw, quiet: sayAllowed(allowed), text: text(answer.value) }
    return { ok: true, value: { ...shown, exit: allowed ? exit.done : exit.refused } }
  })

const sayAllowed = (allowed: boolean): string => (allowed ? 'yes' : 'no')

const text = ({ allowed, code, rule, reason, trace }: Explanation): string => {
  const why = [
    ['code', code ?? '-'],
    ['rule', rule ?? '-'],
    ['reason', reason ?? '-'],
  ] as const
  const rows = trace.map((each) => [each.check, each.passed ? '✓' : '✗', each.code ?? '-', each.rule ?? '-'])
  return `${facts([['allowed', sayAllowed(allowed)], ...(allowed ? [] : why)])}\n${table(['CHECK', '', 'CODE', 'RULE'], rows)}`
}

function question(options: ExplainOptions): Given<ExplainInput> {
  const { key, child, server, tool, method, model, provider, address, gateway, at } = options
  if ((key ?? child) === undefined) return usage('Give --key, or --child: who would make the call.')
  if ((server === undefined) === (model === undefined))
    return usage('Give either --server (with --tool) or --model (with --provider): the call that it is about.')
  if (server === undefined && (tool ?? method) !== undefined)
    return usage('--tool and --method belong to a --server; a --model has none.')
  if (model === undefined && provider !== undefined) return usage('--provider belongs to a --model.')
  const call =
    server === undefined ? present({ kind: 'llm', provider, model }) : present({ kind: 'mcp', server, method, tool })
  return inputOf(
    ExplainInput,
    { key, child, call, address, gateway, at },
    {
      key: '--key must be the id of a key.',
      child: '--child must be the id of a child token (chd_…).',
      call: '--server, --tool, --method, --model and --provider are names of 1 to 128 characters.',
      address: '--address must be an IP address.',
      gateway: '--gateway must be the name or id of a gateway.',
      at: `--at must be a time in UTC like 2027-01-31T00:00:00Z, not "${at}".`,
    },
  )
}
