import { z } from 'zod'

/** JSON Schema as zod writes it, as far as the pages show it. */
const Schema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  default: z.unknown().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), Schema).optional()
  },
  get items() {
    return Schema.optional()
  },
  get oneOf() {
    return z.array(Schema).optional()
  },
  get anyOf() {
    return z.array(Schema).optional()
  },
  get additionalProperties() {
    return z.union([z.boolean(), Schema]).optional()
  },
})
type Schema = z.infer<typeof Schema>

export type Field = {
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
  readonly limits: string
}

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Schema =>
  Schema.parse(z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }))

/** The members of an object, one level deep; what is inside them stands in their type. */
export function fieldsOf(schema: z.ZodType, io: 'input' | 'output'): Field[] {
  const { properties = {}, required = [] } = schemaOf(schema, io)
  return Object.entries(properties).map(([name, held]) => ({
    name,
    type: typeOf(held),
    isRequired: required.includes(name),
    limits: limitsOf(held),
  }))
}

/** As TypeScript would say it. */
export function typeOf(schema: Schema): string {
  const { const: only, enum: values, oneOf, anyOf, items, properties, type } = schema
  if (only !== undefined) return JSON.stringify(only)
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ')
  const choices = oneOf ?? anyOf
  if (choices) return choices.map(typeOf).join(' | ')
  if (items) return /[ |]/.test(typeOf(items)) ? `(${typeOf(items)})[]` : `${typeOf(items)}[]`
  if (properties) return objectOf(schema)
  if (typeof schema.additionalProperties === 'object' && type === 'object')
    return `{[name]: ${typeOf(schema.additionalProperties)}}`
  if (schema.format === 'date-time') return 'time'
  return typeof type === 'object' ? type.join(' | ') : (type ?? 'any')
}

function objectOf({ properties = {}, required = [] }: Schema): string {
  const members = Object.entries(properties).map(
    ([name, held]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(held)}`,
  )
  return `{${members.join(', ')}}`
}

/** Patterns beyond this length are for machines: `openapi.json` has them. */
const readable = 50

function limitsOf({ minLength, maxLength, minimum, maximum, minItems, maxItems, pattern, ...schema }: Schema): string {
  // zod names the range of safe integers where a schema names none.
  const highest = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  return [
    maxLength === undefined ? '' : `${minLength ?? 0} to ${maxLength} characters`,
    highest === undefined ? '' : `${minimum ?? 0} to ${highest}`,
    maxItems === undefined ? '' : `${minItems ?? 0} to ${maxItems} items`,
    pattern !== undefined && pattern.length <= readable && !pattern.includes('\\p') ? `\`${pattern}\`` : '',
    schema.default === undefined ? '' : `default \`${schema.default}\``,
  ]
    .filter(Boolean)
    .join(', ')
}
