import { z } from 'zod'
import type { Exit } from './exit.ts'
import { members } from './member-facts.ts'
import { perform } from './perform.ts'
import { facts, plain, type Style, table } from './print.ts'
import { placeOf } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

const Named = z.looseObject({ id: z.string(), name: z.string() })
const Leaving = z.looseObject({
  member: Named.extend({ state: z.string() }),
  keys: z.looseObject({
    total: z.number(),
    items: z.array(Named.extend({ status: z.string(), app: z.string().nullable() })),
  }),
  apps: z.looseObject({ total: z.number(), items: z.array(Named.extend({ slug: z.string() })) }),
  heirs: z.looseObject({ teams: z.array(Named.extend({ slug: z.string() })), members: z.array(Named) }),
})
type Leaving = z.infer<typeof Leaving>

/** What somebody owns, and who might take it over. */
export const membersLeaving = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(members.path, id), async (control) => {
    const place = await placeOf(control, members, id)
    if (!place.ok) return place
    const found = await control.call({ method: 'GET', path: `${place.value}/leaving` }, Leaving)
    if (!found.ok) return found
    return { ok: true, value: { raw: found.raw, quiet: quiet(found.value), text: shown(found.value) } }
  })

const quiet = ({ keys, apps }: Leaving): string => [...apps.items, ...keys.items].map(({ id }) => id).join('\n')

function shown({ member, keys, apps, heirs }: Leaving): string {
  const owned = [
    ...apps.items.map(({ id, name }) => [id, 'app', plain(name), '']),
    ...keys.items.map(({ id, name, status, app }) => [id, app === null ? 'key' : 'key of an app', plain(name), status]),
  ]
  const teams = heirs.teams.map(({ slug, name }) => `${slug} (${plain(name)})`)
  const people = heirs.members.map(({ id, name }) => `${id} (${plain(name)})`)
  return [
    facts([
      ['id', member.id],
      ['name', plain(member.name)],
      ['state', member.state],
      ['keys', String(keys.total)],
      ['apps', String(apps.total)],
      ['heirs', [...teams, ...people].join(', ') || 'nobody proposed: anybody active may be one'],
    ]),
    ...(owned.length === 0 ? [] : ['\n', table(['ID', 'KIND', 'NAME', 'STATUS'], owned)]),
  ].join('')
}
