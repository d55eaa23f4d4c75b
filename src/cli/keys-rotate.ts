import { z } from 'zod'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { together } from './input.ts'
import { keys } from './key-facts.ts'
import { wholeNumber } from './key-options.ts'
import { ClientFields, clientTable } from './keys-rotation.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isOneOf } from './values.ts'
import { verbOne } from './verb-one.ts'

export type RotateOptions = Style & {
  readonly mode?: string
  readonly grace?: string
  readonly deadline?: string
  readonly silent?: string
  readonly wait?: string
}

const modes = ['immediate', 'grace', 'on-first-use'] as const

/** A new secret under the same id, and what becomes of the one before it. */
export const keysRotate = (terminal: Terminal, id: string, options: RotateOptions): Promise<Exit> => {
  const resource = { ...keys, factsBeside }
  return verbOne(terminal, { resource, id }, { path: 'rotate', force: 'in effect' }, fieldsOf(options), options)
}

function fieldsOf({ mode, grace, deadline, silent }: RotateOptions): Given<object> {
  if (mode !== undefined && !isOneOf(modes, mode))
    return usage(`--mode must be one of ${modes.join(', ')}, not "${mode}".`)
  if (grace !== undefined && (mode ?? 'immediate') === 'immediate')
    return usage('--grace needs --mode grace or on-first-use: an immediate rotation leaves the old secret no time.')
  if (deadline !== undefined && mode !== 'on-first-use') return usage('--deadline needs --mode on-first-use.')
  if (silent !== undefined && (mode ?? 'immediate') === 'immediate')
    return usage('--silent needs --mode grace or on-first-use.')
  const fields = together({
    graceSeconds: wholeNumber(grace, '--grace must be a whole number of seconds from 0 to 2592000.'),
    silentSeconds: wholeNumber(silent, '--silent must be a whole number of seconds, 3600 at least.'),
    deadlineSeconds: wholeNumber(deadline, '--deadline must be a whole number of seconds from 1 to 7776000.'),
  })
  return fields.ok ? { ok: true, value: { ...(mode === undefined ? {} : { mode }), ...fields.value } } : fields
}

const Beside = z.looseObject({
  previous: z.looseObject({ validUntil: z.string().nullable() }).nullish(),
  clients: z.array(ClientFields).optional(),
})

/** Who has to be given the new secret. */
function factsBeside(answer: Readonly<Record<string, unknown>>) {
  const { previous, clients = [] } = Beside.parse(answer)
  const until = previous?.validUntil
  return [
    ...(until ? [['old secret ends', until] as const] : []),
    ...clients.map((client) => ['still to update', clientTable.say(client)] as const),
  ]
}
