import { CloneApp } from '../apps/schema.ts'
import { apps } from './app-facts.ts'
import { appSentences } from './apps-create.ts'
import type { Exit } from './exit.ts'
import { inputOf } from './input.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { oneOf, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo } from './values.ts'

export type AppsCloneOptions = Style & { readonly slug?: string }

export const appsClone = (terminal: Terminal, id: string, name: string, options: AppsCloneOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, name, options), async (control, { path, body }) =>
    shownOne(control, apps, await control.call({ method: 'POST', path, body }, oneOf(apps))),
  )

function asked(id: string, name: string, { slug }: AppsCloneOptions): Given<{ path: string; body: CloneApp }> {
  const path = pathTo(apps.path, id)
  if (!path.ok) return path
  const body = inputOf(CloneApp, { name, slug }, appSentences)
  return body.ok ? { ok: true, value: { path: `${path.value}/clone`, body: body.value } } : body
}
