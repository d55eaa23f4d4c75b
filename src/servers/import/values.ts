/** A value that somebody has to give before the server can be made. */
export type Missing = { readonly name: string; readonly secret: boolean; readonly description?: string }

export type Variables = Readonly<Record<string, string>>

/** What a definition says about one of its values. */
export type Asked = {
  readonly name: string
  /** Fixed, may name other values as `{name}`. */
  readonly value?: string | undefined
  readonly default?: string | undefined
  readonly isRequired?: boolean | undefined
  readonly isSecret?: boolean | undefined
  readonly description?: string | undefined
  readonly choices?: readonly string[] | undefined
}
export type Found = {
  /** Null: it is not given and need not be. */
  readonly value: string | null
  readonly isSecret: boolean
  /** Of a value that is text around one other value: the text, with `{value}` for it, and that value. */
  readonly inner?: { readonly template: string; readonly value: string }
  readonly missing: readonly Missing[]
}

/** The value for what is asked: as given, else as the definition says. */
export function resolved(asked: Asked, inner: Readonly<Record<string, Asked>>, given: Variables): Found {
  const isSecret = asked.isSecret === true || Object.values(inner).some((one) => one.isSecret === true)
  const own = Object.hasOwn(given, asked.name) ? given[asked.name] : undefined
  if (own !== undefined && asked.value === undefined) return checked(asked, own, isSecret)
  if (asked.value !== undefined) return filled(asked, asked.value, inner, given, isSecret)
  if (asked.default !== undefined) return { value: asked.default, isSecret, missing: [] }
  return { value: null, isSecret, missing: asked.isRequired === true ? [missingOf(asked)] : [] }
}

const checked = (asked: Asked, value: string, isSecret: boolean): Found =>
  asked.choices !== undefined && !asked.choices.includes(value)
    ? { value: null, isSecret, missing: [missingOf({ ...asked, description: `one of ${asked.choices.join(', ')}` })] }
    : { value, isSecret, missing: [] }

const placeholder = /\{([A-Za-z0-9_.-]+)\}/g

function filled(
  asked: Asked,
  text: string,
  inner: Readonly<Record<string, Asked>>,
  given: Variables,
  isSecret: boolean,
): Found {
  const names = [...new Set([...text.matchAll(placeholder)].map(([, name = '']) => name))].filter((name) =>
    Object.hasOwn(inner, name),
  )
  const found = new Map(names.map((name) => [name, resolved(needed(name, inner[name]), {}, given)]))
  const missing = [...found.values()].flatMap((one) => one.missing)
  const lacks = [...found.values()].some(({ value }) => value === null)
  if (lacks) return { value: null, isSecret, missing }
  const value = text.replace(placeholder, (whole, name) => found.get(name)?.value ?? whole)
  const [only] = names
  const isWithin = only !== undefined && names.length === 1 && text.split(`{${only}}`).length === 2
  const around = isWithin
    ? { template: text.replace(`{${only}}`, '{value}'), value: found.get(only)?.value ?? '' }
    : null
  return { value, isSecret, missing, ...(around === null || asked.value === undefined ? {} : { inner: around }) }
}

/** What stands inside another value cannot be left out. */
const needed = (name: string, asked: Asked | undefined): Asked => ({ ...asked, name, isRequired: true })

const missingOf = ({ name, isSecret, description }: Asked): Missing => ({
  name,
  secret: isSecret === true,
  ...(description === undefined ? {} : { description: description.slice(0, 500) }),
})
