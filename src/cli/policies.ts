import { z } from 'zod'
import { MixedEnvironments, PoliciesPatch } from '../people/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf } from './input.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { oneOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, waitMs } from './values.ts'

export type PoliciesSetOptions = Style & { readonly mixedEnvironments?: string; readonly wait?: string }

const PolicyFields = z.looseObject({ id: z.string(), mixedEnvironments: z.string() })

/** The rules of the organization: one thing, not a collection. */
const policies: Resource<z.infer<typeof PolicyFields>> = {
  path: '/policies',
  field: 'policies',
  item: PolicyFields,
  titleOf: () => 'the policies',
  facts: ({ mixedEnvironments }) => [['mixed environments', mixedEnvironments]],
  head: ['MIXED ENVIRONMENTS'],
  row: ({ mixedEnvironments }) => [mixedEnvironments],
}
const answer = oneOf(policies)

export const policiesGet = (terminal: Terminal, style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: null }, async (control) =>
    shownOne(control, policies, await control.call({ method: 'GET', path: policies.path }, answer)),
  )

export const policiesSet = (terminal: Terminal, options: PoliciesSetOptions): Promise<Exit> =>
  perform(terminal, options, asked(options), async (control, { body, query }) =>
    shownOne(control, policies, await control.call({ method: 'PATCH', path: policies.path, query, body }, answer)),
  )

type Asked = { readonly body: PoliciesPatch; readonly query: Record<string, string | undefined> }

function asked({ mixedEnvironments, wait }: PoliciesSetOptions): Given<Asked> {
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const body = inputOf(
    PoliciesPatch,
    { mixedEnvironments },
    {
      mixedEnvironments: `--mixed-environments must be ${MixedEnvironments.options.join(' or ')}, not "${mixedEnvironments}".`,
    },
  )
  return body.ok ? { ok: true, value: { body: body.value, query: { waitMs: waited.value?.toString() } } } : body
}
