import { NewCatalog } from '../catalogs/schema.ts'
import { catalogs } from './catalog-facts.ts'
import type { Exit } from './exit.ts'
import { inputOf, names, present, sentences, together } from './input.ts'
import { makeOne } from './make-one.ts'
import { memberIdsOf, members } from './member-ids.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type CatalogsCreateOptions = Style & {
  readonly name?: string
  readonly servers?: string
  readonly providers?: string
  readonly everyone?: boolean
  readonly teams?: string
  readonly members?: string
}

export const catalogsCreate = (terminal: Terminal, slug: string, options: CatalogsCreateOptions): Promise<Exit> =>
  makeOne(
    terminal,
    { resource: catalogs },
    newCatalog(slug, options),
    async (control, { catalog, whom }) => {
      if (whom === undefined) return { ok: true, value: catalog }
      const ids = await memberIdsOf(control, whom)
      if (!ids.ok) return ids
      return { ok: true, value: { ...catalog, audience: { ...catalog.audience, members: ids.value } } }
    },
    options,
  )

type Typed = { readonly catalog: NewCatalog; readonly whom: string[] | undefined }

function newCatalog(slug: string, options: CatalogsCreateOptions): Given<Typed> {
  const { name, everyone } = options
  const sets = together({
    servers: names('--servers', options.servers),
    providers: names('--providers', options.providers),
  })
  if (!sets.ok) return sets
  const teams = names('--teams', options.teams)
  if (!teams.ok) return teams
  const whom = members('--members', options.members)
  if (!whom.ok) return whom
  const audience = present({ everyone, teams: teams.value })
  const fields = { slug, name, ...sets.value, ...(Object.keys(audience).length === 0 ? {} : { audience }) }
  const catalog = inputOf(NewCatalog, fields, { slug: sentences.slug('The <slug>'), name: sentences.name('--name') })
  return catalog.ok ? { ok: true, value: { catalog: catalog.value, whom: whom.value } } : catalog
}
