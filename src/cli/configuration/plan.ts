import type { Given } from '../values.ts'
import { type Difference, differencesOf } from './difference.ts'
import { type Form, formOfEntry } from './forms.ts'
import { type Held, heldIn } from './held.ts'
import { type Configuration, slipped, titleOf } from './load.ts'
import { createNames, type Names } from './names.ts'
import { missingIn } from './references.ts'
import { type Entry, type Kind, kinds, type Slip } from './schema.ts'
import { fromsIn } from './secrets.ts'
import type { State } from './state.ts'

export type Wanted = Entry & { readonly form: Form }
export type Change =
  | { readonly action: 'create'; readonly wanted: Wanted }
  | {
      readonly action: 'update' | 'adopt'
      readonly wanted: Wanted
      readonly held: Held
      readonly differences: readonly Difference[]
      /** What stands in a catalog that new ones join, and is no matter of these files. */
      readonly others: Readonly<Record<'servers' | 'providers', readonly string[]>>
    }
  /** `left`: in the files no more, still managed, and nobody has said what shall become of it. */
  | { readonly action: 'delete' | 'release' | 'left'; readonly held: Held }

export type Plan = {
  readonly name: string
  readonly files: number
  readonly changes: readonly Change[]
  readonly unchanged: number
  readonly names: Names
  readonly state: State
}
export type Wish = {
  readonly prune?: boolean | undefined
  readonly release?: boolean | undefined
  /** Gives all secrets again: control never says what they are, so they cannot be compared. */
  readonly secrets?: boolean | undefined
}

/** What would have to happen. Pure. */
export function planChanges(configuration: Configuration, state: State, wish: Wish): Given<Plan> {
  const { name, files, entries } = configuration
  const names = createNames(state)
  const held = heldIn(state, names)
  const wanted = entries.map((entry): Wanted => ({ ...entry, form: formOfEntry(entry) }))
  const named = new Set(wanted.map(titleOf))
  const gone = [...held.values()].filter((one) => one.managedBy === name && !named.has(titleOf(one)))
  const slips: Slip[] = missingIn(wanted, held, names, wish.prune ? gone : [])
  const changes: Change[] = []
  let unchanged = 0
  for (const one of wanted) {
    const found = held.get(titleOf(one))
    slips.push(...refusedOf(one, found, name))
    const change = changeOf(one, found, named, wish)
    if (change === null) unchanged += 1
    else changes.push(change)
  }
  changes.push(...gone.map((one) => ({ action: endOf(one, wish), held: one }) as const))
  if (slips.length > 0) return slipped(slips)
  return { ok: true, value: { name, files, changes: inOrder(changes), unchanged, names, state } }
}

function changeOf(wanted: Wanted, held: Held | undefined, named: ReadonlySet<string>, wish: Wish): Change | null {
  if (held === undefined) return { action: 'create', wanted }
  const { form, others } = concerning(wanted, held, named)
  const differences = differencesOf(form, wanted.form)
  if (held.managedBy === null) return { action: 'adopt', wanted, held, differences, others }
  const isGivenAgain = wish.secrets === true && hasSecrets(wanted)
  return differences.length === 0 && !isGivenAgain ? null : { action: 'update', wanted, held, differences, others }
}

export const hasSecrets = (entry: Entry): boolean => fromsIn(entry).length > 0

/**
 * Into the catalog that new ones join comes whatever anybody makes. Of what stands in it only that is compared which
 * these files name, there or as a thing of their own: else the next plan would throw out the server of a colleague.
 */
function concerning(wanted: Wanted, held: Held, named: ReadonlySet<string>) {
  const none = { servers: [], providers: [] }
  if (wanted.kind !== 'catalog' || !held.isJoinedByNew) return { form: held.form, others: none }
  const { servers = [], providers = [] } = wanted.entry
  const ours = { servers: new Set(servers), providers: new Set(providers) }
  const isOurs = {
    servers: (slug: string) => named.has(`server ${slug}`),
    providers: (slug: string) => named.has(`provider ${slug}`),
  }
  const part = (of: 'servers' | 'providers', keep: boolean) =>
    textsIn(held.form[of]).filter((slug) => (ours[of].has(slug) || isOurs[of](slug)) === keep)
  const form = { ...held.form, servers: part('servers', true), providers: part('providers', true) }
  return { form, others: { servers: part('servers', false), providers: part('providers', false) } }
}

export const textsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const fixed: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  server: ['project'],
  provider: ['project', 'preset', 'dialect'],
}

function refusedOf(wanted: Wanted, held: Held | undefined, name: string): Slip[] {
  if (held === undefined) return []
  const { managedBy } = held
  if (managedBy !== null && managedBy !== name)
    return [{ ...wanted.place, detail: `${titleOf(wanted)} has two owners: the configuration ${managedBy} manages it` }]
  return (fixed[wanted.kind] ?? [])
    .filter((field) => wanted.form[field] !== undefined && wanted.form[field] !== held.form[field])
    .map((field) => ({
      ...wanted.place,
      detail: `${titleOf(wanted)} keeps its ${field} (${held.form[field] ?? 'none'}): give the new one another slug`,
    }))
}

/** What an organization cannot be without is let go of where the rest is deleted. */
function endOf(held: Held, { prune, release }: Wish): 'delete' | 'release' | 'left' {
  const stays =
    held.kind === 'policies' || held.isJoinedByNew || (held.kind === 'project' && held.form['default'] === true)
  if (prune) return stays ? 'release' : 'delete'
  return release ? 'release' : 'left'
}

/** First what others need, and last what others needed. The project that becomes the default one comes after the one that was it. */
function inOrder(changes: readonly Change[]): Change[] {
  const rank = (change: Change): number => {
    const subject = 'wanted' in change ? change.wanted : change.held
    const at = kinds.indexOf(subject.kind)
    if (change.action === 'delete') return 100 - at
    const isNewDefault = 'wanted' in change && change.wanted.form['default'] === true
    return at * 2 + (isNewDefault ? 1 : 0)
  }
  return changes
    .map((change) => ({ change, at: rank(change) }))
    .sort((a, b) => a.at - b.at)
    .map(({ change }) => change)
}
