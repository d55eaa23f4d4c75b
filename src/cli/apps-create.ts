import { NewApp } from '../apps/schema.ts'
import { expiryPresets } from '../keys/schema.ts'
import { apps } from './app-facts.ts'
import { toolChoices, toolsDefaultOf } from './choices.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences, together } from './input.ts'
import { makeOne } from './make-one.ts'
import { ownerIn, ownerOf } from './owner.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type AppOptions = {
  readonly slug?: string
  readonly team?: string
  readonly owner?: string
  readonly tools?: readonly string[]
  readonly toolsDefault?: string
}
export type AppsCreateOptions = Style &
  AppOptions & { readonly project?: string; readonly expires?: string; readonly allServersReason?: string }

export const appsCreate = (terminal: Terminal, name: string, options: AppsCreateOptions): Promise<Exit> =>
  makeOne(
    terminal,
    { resource: apps },
    newApp(name, options),
    async (control, { app, owner }) => {
      const found = await ownerIn(control, owner)
      return found.ok ? { ok: true, value: present({ ...app, owner: found.value }) } : found
    },
    options,
  )

/** Of an app, when it is made and when it is changed. */
export const appFields = ({ tools, toolsDefault }: AppOptions) =>
  together({ tools: toolChoices(tools), toolsDefault: toolsDefaultOf(toolsDefault) })

export const appSentences = {
  slug: sentences.slug('--slug'),
  name: sentences.name('The <name>'),
  project: '--project must be the slug or id of a project.',
  allServersReason: '--all-servers-reason must be 1 to 2000 visible characters.',
  tools: '--tools takes names of tools of 128 characters at most.',
}

type Owner = Parameters<typeof ownerIn>[1]

function newApp(name: string, options: AppsCreateOptions): Given<{ readonly app: NewApp; readonly owner: Owner }> {
  const { slug, project, expires: expiresIn, allServersReason } = options
  const rights = appFields(options)
  if (!rights.ok) return rights
  const owner = ownerOf(options)
  if (!owner.ok) return owner
  const app = inputOf(
    NewApp,
    { name, slug, project, expiresIn, allServersReason, ...rights.value },
    {
      ...appSentences,
      expiresIn: `--expires must be ${expiryPresets.join(', ')}, not "${expiresIn}".`,
    },
  )
  return app.ok ? { ok: true, value: { app: app.value, owner: owner.value } } : app
}
