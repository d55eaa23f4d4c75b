import { z } from 'zod'
import { type Control, refusal } from './control.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import { type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

const Templates = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      key: z.record(z.string(), z.unknown()),
    }),
  ),
})
const call = { method: 'GET', path: '/key-templates' } as const

export const keysTemplates = (terminal: Terminal, style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: null }, async (control) => {
    const answer = await control.call(call, Templates)
    if (!answer.ok) return answer
    const { items } = answer.value
    const rows = items.map(({ id, name, description }) => [id, name, description])
    const quiet = items.map(({ id }) => id).join('\n')
    return { ok: true, value: { raw: answer.raw, quiet, text: table(['ID', 'NAME', 'FOR'], rows) } }
  })

/** What a template says of a key. */
export async function templateCalled(control: Control, name: string): Promise<Given<object>> {
  const answer = await control.call(call, Templates)
  if (!answer.ok) return answer
  const { items } = answer.value
  const found = items.find(({ id }) => id === name)
  const known = items.map(({ id }) => id).join(', ')
  return found ? { ok: true, value: found.key } : refusal('not_found', `There is no template "${name}": ${known}.`)
}
