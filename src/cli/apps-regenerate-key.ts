import { apps } from './app-facts.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { RemoveOptions } from './remove-one.ts'
import { oneOf, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

/** The same key with a new secret; the old one is refused from now on. */
export const appsRegenerateKey = (terminal: Terminal, id: string, options: RemoveOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { path, body }) => {
    const answer = await control.call({ method: 'POST', path, body }, oneOf(apps))
    return shownOne(control, apps, answer, { force: 'refused', aside: 'The secret before it:\n' })
  })

type Asked = { readonly path: string; readonly body: { readonly waitMs?: number } }

function asked(id: string, { wait }: RemoveOptions): Given<Asked> {
  const path = pathTo(apps.path, id)
  if (!path.ok) return path
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const body = waited.value === undefined ? {} : { waitMs: waited.value }
  return { ok: true, value: { path: `${path.value}/regenerate-key`, body } }
}
