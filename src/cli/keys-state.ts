import { usage } from './control.ts'
import { effectLines, type Force } from './effect.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { perform } from './perform.ts'
import { plain, type Style } from './print.ts'
import { oneOf } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type StateOptions = Style & { readonly reason?: string; readonly wait?: string }

type StateVerb = 'suspend' | 'resume' | 'revoke'

const forces: Readonly<Record<StateVerb, Force>> = { suspend: 'refused', resume: 'in effect', revoke: 'refused' }
const hints: Readonly<Record<StateVerb, string>> = {
  suspend: 'ostiary keys resume takes it back.\n',
  resume: '',
  revoke: 'This is final. ostiary keys replace makes a key with the same settings and a new secret.\n',
}

/** Takes a key in or out of use, and says where that already bites. */
export const keysState =
  (verb: StateVerb) =>
  (terminal: Terminal, id: string, options: StateOptions): Promise<Exit> =>
    perform(terminal, options, asked(id, verb, options), async (control, { path, body }) => {
      const answer = await control.call({ method: 'POST', path, body }, oneOf(keys))
      if (!answer.ok) return answer
      const { item, effect } = answer.value
      const where = effect === null ? '' : await effectLines(control, effect, forces[verb])
      return {
        ok: true,
        value: {
          raw: answer.raw,
          quiet: item.id,
          text: `${plain(keys.titleOf(item))} is ${plain(item.status)}\n`,
          aside: `${where}${hints[verb]}`,
        },
      }
    })

type Asked = { readonly path: string; readonly body: { readonly reason?: string; readonly waitMs?: number } }

function asked(id: string, verb: StateVerb, { reason, wait }: StateOptions): Given<Asked> {
  const path = pathTo(keys.path, id)
  if (!path.ok) return path
  if (reason !== undefined && reason.length > 2000) return usage('--reason must be 2000 characters at most.')
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(waited.value === undefined ? {} : { waitMs: waited.value }),
  }
  return { ok: true, value: { path: `${path.value}/${verb}`, body } }
}
