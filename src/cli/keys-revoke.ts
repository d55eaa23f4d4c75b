import { usage } from './control.ts'
import { effectLines } from './effect.ts'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { perform } from './perform.ts'
import { plain, type Style } from './print.ts'
import { oneOf } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type RevokeOptions = Style & { readonly reason?: string; readonly wait?: string }

export const keysRevoke = (terminal: Terminal, id: string, options: RevokeOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, oneOf(keys))
    if (!answer.ok) return answer
    const { item, effect } = answer.value
    return {
      ok: true,
      value: {
        raw: answer.raw,
        quiet: item.id,
        text: `${plain(keys.titleOf(item))} is ${plain(item.status)}\n`,
        aside: effect === null ? '' : await effectLines(control, effect, 'refused'),
      },
    }
  })

type Asked = { readonly path: string; readonly body: { readonly reason?: string; readonly waitMs?: number } }

function asked(id: string, { reason, wait }: RevokeOptions): Given<Asked> {
  const path = pathTo(keys.path, id)
  if (!path.ok) return path
  if (reason !== undefined && reason.length > 2000) return usage('--reason must be 2000 characters at most.')
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const body = {
    ...(reason === undefined ? {} : { reason }),
    ...(waited.value === undefined ? {} : { waitMs: waited.value }),
  }
  return { ok: true, value: { path: `${path.value}/revoke`, body } }
}
