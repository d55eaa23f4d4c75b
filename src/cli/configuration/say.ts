import { plain } from '../print.ts'
import { linesOf } from './difference.ts'
import { titleOf } from './load.ts'
import { type Change, hasSecrets, type Plan, textsIn, type Wish } from './plan.ts'

/** The plan, for people and as JSON. No secret can be in it: forms hold none. */

const signs = { create: '+', update: '~', adopt: '>', delete: '-', release: 'o', left: '?' } as const

const meaningOf: Readonly<Partial<Record<Change['action'], string>>> = {
  adopt: '  (adopt: it is there, and nobody manages it)',
  release: '  (let go of: it stays as it is, and anybody who may changes it)',
  left: '  (left: no more in the files and still managed; --prune deletes it, --release lets go of it)',
}

export const isWork = ({ action }: Change): boolean => action !== 'left'

export function sayPlan(plan: Plan, wish: Wish): string {
  const { name, files, changes, unchanged } = plan
  const head = `Configuration ${name} from ${files} file${files === 1 ? '' : 's'}.\n`
  const body = changes.flatMap((change) => [headOf(change), ...linesIn(change).map((line) => `      ${plain(line)}`)])
  const notes = notesOf(plan, wish).map((note) => `\n${note}`)
  const sums = `\n${countsOf(plan)}, ${unchanged} unchanged.\n`
  return [
    head,
    ...(body.length === 0 ? [] : [`\n${body.join('\n')}\n`]),
    ...notes.map((note) => `${note}\n`),
    sums,
  ].join('')
}

const headOf = (change: Change): string => {
  const { action } = change
  return `  ${signs[action]} ${titleOf('wanted' in change ? change.wanted : change.held)}${meaningOf[action] ?? ''}`
}

function linesIn(change: Change): string[] {
  if (change.action === 'update' || change.action === 'adopt') {
    const lines = change.differences.flatMap(linesOf)
    return lines.length === 0 && change.action === 'update' ? ['secrets: given again'] : lines
  }
  if (change.action !== 'create') return []
  const { form } = change.wanted
  return Object.entries(form).flatMap(([field, value]) =>
    value === undefined || isNothing(value) ? [] : [`${field}: ${JSON.stringify(value)}`],
  )
}

const isNothing = (value: unknown): boolean =>
  value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0)

const words = {
  create: 'to create',
  update: 'to change',
  adopt: 'to adopt',
  delete: 'to delete',
  release: 'to let go of',
} as const
const told = ['create', 'update', 'adopt', 'delete', 'release'] as const

const countOf = ({ changes }: Plan, action: Change['action']): number =>
  changes.filter((change) => change.action === action).length

function countsOf(plan: Plan): string {
  const counts = told.map((action) => ({ action, count: countOf(plan, action) })).filter(({ count }) => count > 0)
  return counts.length === 0
    ? 'Nothing to do'
    : counts.map(({ action, count }) => `${count} ${words[action]}`).join(', ')
}

function notesOf(plan: Plan, { secrets }: Wish): string[] {
  const kept = plan.changes.filter(
    (change) => 'wanted' in change && change.action !== 'create' && hasSecrets(change.wanted),
  )
  const lonely = inNoCatalog(plan)
  return [
    ...(kept.length === 0 || secrets
      ? []
      : ['Secrets of what is there already are not compared; --secrets gives them again.']),
    ...(lonely.length === 0 ? [] : [`In no catalog, so nobody reaches it until one names it: ${lonely.join(', ')}.`]),
  ]
}

function inNoCatalog({ changes, state, names }: Plan): string[] {
  const wanted = changes.flatMap((change) => ('wanted' in change ? [change.wanted] : []))
  const placed = new Set(
    [
      ...wanted.filter(({ kind }) => kind === 'catalog').map(({ form }) => form),
      ...state.catalog.map(({ servers, providers }) => ({
        servers: names.slugsOf(servers),
        providers: names.slugsOf(providers),
      })),
    ].flatMap(({ servers, providers }) => [
      ...textsIn(servers).map((slug) => `server ${slug}`),
      ...textsIn(providers).map((slug) => `provider ${slug}`),
    ]),
  )
  return changes.flatMap((change) => {
    if (change.action !== 'create' || (change.wanted.kind !== 'server' && change.wanted.kind !== 'provider')) return []
    return placed.has(titleOf(change.wanted)) ? [] : [titleOf(change.wanted)]
  })
}

export const planJson = ({ name, files, changes, unchanged }: Plan): object => ({
  name,
  files,
  unchanged,
  changes: changes.map((change) => {
    const { kind, slug } = 'wanted' in change ? change.wanted : change.held
    const fields = change.action === 'update' || change.action === 'adopt' ? { fields: change.differences } : {}
    return { action: change.action, kind, slug, ...fields }
  }),
})
