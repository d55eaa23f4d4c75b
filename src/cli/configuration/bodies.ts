import type { Model } from '../../providers/schema.ts'
import { modelForm, templateOf } from './forms.ts'
import type { Held } from './held.ts'
import type { Names } from './names.ts'
import type { Change, Wanted } from './plan.ts'
import type { CatalogEntry, Entry, ProviderEntry, ServerEntry, TeamEntry } from './schema.ts'
import type { Give } from './secrets.ts'

/** What is sent: the entry of the file as REST takes it, with ids where REST knows no other name, and with secrets. */

type Body = Readonly<Record<string, unknown>>
type With = { readonly give: Give; readonly names: Names }

/** Servers and providers join no catalog by themselves: what a catalog holds stands with the catalog. */
export function bodyOfNew({ kind, entry, place }: Entry, { give, names }: With): Body {
  if (kind === 'server') return { ...entry, ...secretsOf(entry, place, give), catalogs: [] }
  if (kind === 'provider')
    return { ...entry, ...keyOf(entry, place, give), catalogs: [], ...modelsAtFirst(entry, null) }
  if (kind === 'team') return { ...entry, ...membersOf(entry, names) }
  if (kind === 'catalog') return { ...entry, ...audienceOf(entry, names) }
  if (kind === 'policies') throw new Error('Policies are always there')
  const { default: _default, ...project } = entry
  return project
}

type Update = Extract<Change, { readonly action: 'update' | 'adopt' }>

/** Only what differs; what the file leaves out is set back by null. */
export function bodyOfChange(change: Update, { give, names }: With, isGivenAgain: boolean): Body {
  const { wanted, differences } = change
  const fields = new Set(differences.map(({ field }) => field))
  const { kind, entry, place } = wanted
  if (kind === 'policies') return Object.fromEntries([...fields].map((field) => [field, wanted.form[field]]))
  const given: Body = entry
  const changed = Object.fromEntries([...fields].map((field) => [field, given[field] ?? null]))
  if (kind === 'server') return { ...changed, ...serverSecrets(change, entry, give, isGivenAgain) }
  if (kind === 'provider') {
    const isMoved = fields.has('baseUrl')
    const needs = fields.has('credential') || isMoved || isGivenAgain
    const held = change.held.form['credential'] === true
    const credential =
      entry.credential === undefined
        ? held && needs
          ? { credential: null }
          : {}
        : needs
          ? keyOf(entry, place, give)
          : {}
    const place_ = isMoved ? { baseUrl: wanted.form['baseUrl'] } : {}
    return { ...changed, ...place_, ...credential, ...(fields.has('models') ? modelsAtFirst(entry, change.held) : {}) }
  }
  if (kind === 'team') return fields.has('members') ? { ...changed, ...membersOf(entry, names) } : changed
  if (kind === 'catalog') return { ...changed, ...catalogContent(change, entry, names, fields) }
  return changed
}

const membersOf = ({ members = [] }: TeamEntry, { memberId }: Names) => ({ members: members.map(memberId) })

const audienceOf = ({ audience }: CatalogEntry, { memberId }: Names) =>
  audience === undefined ? {} : { audience: { ...audience, members: (audience.members ?? []).map(memberId) } }

function catalogContent(change: Update, entry: CatalogEntry, names: Names, fields: ReadonlySet<string>): Body {
  const { others } = change
  const lists = {
    servers: [...(entry.servers ?? []), ...others.servers],
    providers: [...(entry.providers ?? []), ...others.providers],
  }
  return {
    ...(fields.has('servers') ? { servers: lists.servers } : {}),
    ...(fields.has('providers') ? { providers: lists.providers } : {}),
    ...(fields.has('audience') ? audienceOf({ ...entry, audience: entry.audience ?? {} }, names) : {}),
  }
}

function secretsOf(entry: ServerEntry, place: Wanted['place'], give: Give): Body {
  const { transport, credential } = entry
  const env = Object.entries(transport.type === 'stdio' ? (transport.env ?? {}) : {})
  const values = env.map(([name, { from }]) => [name, give(from, place)] as const)
  return {
    transport: transport.type === 'stdio' ? { ...transport, env: Object.fromEntries(values) } : transport,
    ...(credential === undefined
      ? {}
      : {
          credential: {
            slot: 'header',
            name: credential.name,
            template: templateOf(credential),
            value: give(credential.from, place),
          },
        }),
  }
}

/** With another address goes the credential, and with another command go its variables: control keeps none for a new place. */
function serverSecrets(change: Update, entry: ServerEntry, give: Give, isGivenAgain: boolean): Body {
  const { wanted, held, differences } = change
  const fields = new Set(differences.map(({ field }) => field))
  const isMoved = fields.has('transport')
  const all = secretsOf(entry, wanted.place, isMoved || isGivenAgain || fields.has('credential') ? give : () => null)
  const needsKey = isMoved || fields.has('credential') || (isGivenAgain && entry.credential !== undefined)
  const hasKey = held.form['credential'] !== null || entry.credential !== undefined
  return {
    ...(isMoved || (isGivenAgain && entry.transport.type === 'stdio') ? { transport: all['transport'] } : {}),
    ...(needsKey && hasKey ? { credential: all['credential'] ?? null } : {}),
  }
}

const keyOf = ({ credential }: ProviderEntry, place: Wanted['place'], give: Give): Body =>
  credential === undefined ? {} : { credential: { value: give(credential.from, place) } }

/**
 * Models fall back to models of others, which may be made later in the same run, or change theirs: at first only those
 * fallbacks that are there already, then all of them.
 */
function modelsAtFirst({ models }: ProviderEntry, held: Held | null): Body {
  if (models === undefined) return {}
  const before = new Map(modelsIn(held).map(({ id, fallbacks = [] }) => [id, new Set(fallbacks)]))
  const first = models.map((model) => {
    const known = before.get(model.id)
    return modelForm({ ...model, fallbacks: (model.fallbacks ?? []).filter((name) => known?.has(name)) })
  })
  return { models: first }
}

const modelsIn = (held: Held | null): readonly Model[] => {
  const models = held?.form['models']
  return Array.isArray(models) ? models : []
}

/** Null: what was sent at first was all. */
export function modelsAtLast(entry: ProviderEntry, held: Held | null): Body | null {
  const wanted = entry.models?.map(modelForm)
  const first = modelsAtFirst(entry, held)['models']
  return wanted === undefined || JSON.stringify(wanted) === JSON.stringify(first) ? null : { models: wanted }
}

/** Before providers that fall back to each other are taken away; null: it falls back to none of those. */
export function withoutFallbacks(held: Held, leaving: ReadonlySet<string>): Body | null {
  const models = modelsIn(held)
  const isLeaving = (name: string): boolean => leaving.has(name.slice(0, name.indexOf('/')))
  if (!models.some(({ fallbacks = [] }) => fallbacks.some(isLeaving))) return null
  const keep = ({ fallbacks = [], ...model }: Model): Model =>
    modelForm({ ...model, fallbacks: fallbacks.filter((name) => !isLeaving(name)) })
  return { models: models.map(keep) }
}
