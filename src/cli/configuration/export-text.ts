import { Document } from 'yaml'
import { presets } from '../../providers/presets.data.ts'
import { defaultRetries, ProviderTimeouts } from '../../providers/schema.ts'
import { Timeouts } from '../../servers/schema.ts'
import { isSame } from './difference.ts'
import { defaultPolicies, type Form } from './forms.ts'
import type { Held } from './held.ts'
import { apiVersion, fieldOf, type Kind, kinds } from './schema.ts'

/** The one way to write it: fields in a fixed order, things by slug, what is the default left out, places for secrets. */

type Written = Record<string, unknown>

const secretsNote =
  ' Secrets are never exported. Each `from` names the variable in which whoever applies this has it;\n' +
  ' it is read where something new is made, where its address changes, and with --secrets.'

export function documentsOf(held: readonly Held[]): ReadonlyMap<Kind, Written | readonly Written[]> {
  const sorted = [...held].sort((one, other) => (one.slug < other.slug ? -1 : 1))
  const of = (kind: Kind) => sorted.filter((one) => one.kind === kind)
  const written = new Map<Kind, Written | readonly Written[]>()
  for (const kind of kinds) {
    const items = of(kind).map((one) => writtenAs(one))
    if (kind !== 'policies') written.set(kind, items)
    else if (items[0] !== undefined) written.set(kind, items[0])
  }
  return written
}

const writtenAs = (held: Held): Written => {
  const { kind, slug, form } = held
  if (kind === 'policies') return withoutDefaults(form, defaultPolicies)
  const called = form['name'] === slug ? {} : { name: form['name'] }
  return { slug, ...called, ...writers[kind](held) }
}

const writers: Readonly<Record<Exclude<Kind, 'policies'>, (held: Held) => Written>> = {
  project: ({ form }) => ({
    ...withoutDefaults({ tier: form['tier'] }, { tier: 'development' }),
    ...(form['default'] === true ? { default: true } : {}),
  }),
  server: ({ slug, form }) => ({
    project: form['project'],
    transport: transportOf(slug, form['transport']),
    ...credentialOf(slug, form['credential']),
    ...timesOf(form, Timeouts.parse({})),
    ...(form['perGateway'] === true ? { perGateway: true } : {}),
    ...unlessEmpty('toolPrices', form['toolPrices']),
  }),
  provider: ({ slug, form }) => ({
    project: form['project'],
    ...placeOf(form),
    ...(form['credential'] === true ? { credential: from('PROVIDER', slug, 'CREDENTIAL') } : {}),
    ...timesOf(form, ProviderTimeouts.parse({})),
    ...(form['retries'] === defaultRetries ? {} : { retries: form['retries'] }),
    // With a preset an absent list means those of the price list.
    ...(form['preset'] === null ? unlessEmpty('models', form['models']) : { models: form['models'] }),
  }),
  team: ({ form }) => unlessEmpty('members', form['members']),
  catalog: ({ form }) => {
    const { everyone, teams, members } = object(form['audience'])
    const audience = {
      ...(everyone === true ? { everyone } : {}),
      ...unlessEmpty('teams', teams),
      ...unlessEmpty('members', members),
    }
    return {
      ...unlessEmpty('servers', form['servers']),
      ...unlessEmpty('providers', form['providers']),
      ...unlessEmpty('audience', audience),
    }
  },
}

const object = (value: unknown): Written => (typeof value === 'object' && value !== null ? { ...value } : {})

const unlessEmpty = (field: string, value: unknown): Written =>
  Object.keys(object(value)).length === 0 ? {} : { [field]: value }

const withoutDefaults = (form: Form, defaults: Form): Written =>
  Object.fromEntries(Object.entries(form).filter(([field, value]) => !isSame(value, defaults[field])))

const timesOf = (form: Form, usual: Form): Written =>
  unlessEmpty('timeouts', withoutDefaults(object(form['timeouts']), usual))

/** What the preset says is left to it. */
function placeOf({ preset, dialect, baseUrl, auth }: Form): Written {
  const known =
    typeof preset === 'string' && preset in presets
      ? Object.entries(presets).find(([name]) => name === preset)?.[1]
      : undefined
  const usual = known ?? {
    dialect: undefined,
    baseUrl: undefined,
    auth: dialect === 'anthropic' ? 'x-api-key' : 'bearer',
  }
  const given = withoutDefaults(
    { dialect, baseUrl, auth },
    { dialect: usual.dialect, baseUrl: usual.baseUrl, auth: usual.auth },
  )
  return preset === null ? given : { preset, ...given }
}

/** `SERVER_GITHUB__TOKEN`: two lines below keep names of different things apart. */
const from = (kind: string, slug: string, what: string) => ({
  from: { env: `${kind}_${slug.toUpperCase().replaceAll('-', '_')}__${what}` },
})

function transportOf(slug: string, value: unknown): Written {
  const { env, args, ...transport } = object(value)
  const names = Array.isArray(env) ? env.map(String) : []
  return {
    ...transport,
    ...unlessEmpty('args', args),
    ...unlessEmpty('env', Object.fromEntries(names.map((name) => [name, from('SERVER', slug, name)]))),
  }
}

function credentialOf(slug: string, value: unknown): Written {
  const { name, template } = object(value)
  if (typeof name !== 'string') return {}
  const usual = name.toLowerCase() === 'authorization' ? 'Bearer {value}' : '{value}'
  const shown = template === usual ? {} : { template }
  return { credential: { slot: 'header', name, ...shown, ...from('SERVER', slug, 'CREDENTIAL') } }
}

/** As text; null writes every kind, as one document. */
export function textOf(
  written: ReadonlyMap<Kind, Written | readonly Written[]>,
  name: string | null,
  only: Kind | null,
  json = false,
): string {
  const content: Written = { apiVersion, ...(name === null ? {} : { name }) }
  for (const [kind, value] of written) {
    const isShown = only === null ? !Array.isArray(value) || value.length > 0 : only === kind
    if (isShown) content[fieldOf[kind]] = value
  }
  if (json) return `${JSON.stringify(content, null, 2)}\n`
  const document = new Document(content, { aliasDuplicateObjects: false })
  if (JSON.stringify(content).includes('"from":{')) document.commentBefore = secretsNote
  return steerless(document.toString({ lineWidth: 0 }))
}

/** Whatever holds one of these is quoted, and of them YAML escapes the lower half alone; terminals obey the upper one, too. */
const steerless = (text: string): string =>
  text.replace(/[\u007f-\u009f]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`)
