import type { Held } from './held.ts'
import { titleOf } from './load.ts'
import type { Names } from './names.ts'
import type { Wanted } from './plan.ts'
import type { Kind, Slip } from './schema.ts'

type Named = { readonly kind: Kind; readonly slug: string }

/** What is named somewhere and is neither in the files nor with control, or is about to be taken away. */
export function missingIn(
  wanted: readonly Wanted[],
  held: ReadonlyMap<string, Held>,
  names: Names,
  leaving: readonly Named[],
): Slip[] {
  const there = new Set([...held.keys(), ...wanted.map(titleOf)])
  for (const one of leaving) there.delete(titleOf(one))
  return wanted.flatMap((one) => {
    const lost = namedBy(one).filter((name) => !there.has(titleOf(name)))
    const strangers = peopleOf(one).filter((email) => names.memberId(email) === undefined)
    return [
      ...lost.map((name) => ({ ...one.place, detail: `${titleOf(one)} names ${titleOf(name)}, and there is none` })),
      ...strangers.map((email) => ({
        ...one.place,
        detail: `${titleOf(one)} names ${email}, who is no member of this organization`,
      })),
    ]
  })
}

function namedBy(wanted: Wanted): Named[] {
  const of = (kind: Kind, slugs: readonly string[] = []): Named[] => slugs.map((slug) => ({ kind, slug }))
  if (wanted.kind === 'server') return of('project', wanted.entry.project === undefined ? [] : [wanted.entry.project])
  if (wanted.kind === 'provider') {
    const { project, models = [] } = wanted.entry
    const fallbacks = models.flatMap((model) => model.fallbacks ?? []).map((name) => name.slice(0, name.indexOf('/')))
    return [...of('project', project === undefined ? [] : [project]), ...of('provider', [...new Set(fallbacks)])]
  }
  if (wanted.kind === 'catalog') {
    const { servers, providers, audience } = wanted.entry
    return [...of('server', servers), ...of('provider', providers), ...of('team', audience?.teams)]
  }
  if (wanted.kind !== 'policies') return []
  const { ceilings, tiers = {} } = wanted.entry
  return [ceilings, ...Object.values(tiers).map((tier) => tier?.ceilings)].flatMap((one) => [
    ...of('server', itemsOf(one?.servers)),
    ...of('provider', itemsOf(one?.providers)),
  ])
}

const itemsOf = (choice: object | undefined): string[] =>
  choice && 'items' in choice && Array.isArray(choice.items) ? choice.items.map(String) : []

function peopleOf(wanted: Wanted): readonly string[] {
  if (wanted.kind === 'team') return wanted.entry.members ?? []
  return wanted.kind === 'catalog' ? (wanted.entry.audience?.members ?? []) : []
}
