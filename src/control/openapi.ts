import { z } from 'zod'
import { downloadOutput } from '../http/route.ts'
import { type ProblemCode, problems } from '../problems.ts'
import type { ControlRoute } from './call.ts'

type Json = Record<string, unknown>

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' })
  return json
}

const titled = (path: string): string =>
  path
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

const parametersOf = (route: ControlRoute): Json[] => {
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: partOf(route.params, name) ?? { type: 'string' },
  }))
  // One that is rewritten after it was checked shows what it takes, not what becomes of it.
  const query = route.query instanceof z.ZodPipe ? route.query.in : route.query
  const inQuery =
    query instanceof z.ZodObject
      ? Object.keys(query.shape).map((name) => ({
          name,
          in: 'query',
          required: !(route.query?.safeParse({}).error?.issues ?? []).every((issue) => issue.path[0] !== name),
          schema: partOf(query, name) ?? {},
        }))
      : []
  const text = { type: 'string' }
  const headers = [
    ...(route.method === 'POST' && route.needs.right !== 'public'
      ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { ...text, maxLength: 128 } }]
      : []),
    ...(route.method === 'PATCH' ? [{ name: 'If-Match', in: 'header', required: false, schema: text }] : []),
  ]
  return [...inPath, ...inQuery, ...headers]
}

const partOf = (schema: z.ZodType | undefined, name: string): Json | null => {
  const part: unknown = schema instanceof z.ZodObject ? schema.shape[name] : undefined
  return part instanceof z.ZodType ? schemaOf(part, 'input') : null
}

/** What is sent as it is made has a type of its own, which its format decides. */
const contentOf = ({ output }: ControlRoute): Json =>
  output === downloadOutput
    ? { '*/*': { schema: { type: 'string' } } }
    : { 'application/json': { schema: schemaOf(output, 'output') } }

const operationOf = (route: ControlRoute): Json => ({
  operationId: `${route.method.toLowerCase()}${titled(route.path)}`,
  summary: route.summary,
  tags: [route.path.split('/')[1] ?? 'api'],
  ...(route.needs.right === 'public' ? { security: [] } : {}),
  ...('because' in route.needs ? { description: route.needs.because } : {}),
  // The right that role and token must both cover; `anyone`: signed in. As in docs/roles.md.
  'x-needs': route.needs.right,
  parameters: parametersOf(route),
  ...(route.body === undefined
    ? {}
    : { requestBody: { content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }),
  responses: {
    [String(route.status ?? 200)]: {
      description: 'Done',
      content: contentOf(route),
    },
    default: {
      description: 'Refused',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
})

const codes = Object.keys(problems) as ProblemCode[]
const text = { type: 'string' }
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    code: { type: 'string', enum: codes },
    requestId: text,
    errors: {
      type: 'array',
      items: { type: 'object', required: ['pointer', 'detail'], properties: { pointer: text, detail: text } },
    },
  },
}

/** OpenAPI 3.1 of the very schemas that parse the calls, so it cannot say anything else than what is done. */
export const openApiOf = (routes: readonly ControlRoute[], version: string): Json => {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Ostiary', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ managementToken: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { managementToken: { type: 'http', scheme: 'bearer' } },
    },
  }
}

/** The description as a route of its own, so that it describes itself too. */
export const withOpenApi = (routes: readonly ControlRoute[], version: string): readonly ControlRoute[] => {
  const all: ControlRoute[] = [...routes]
  let made: Json | null = null
  all.push({
    method: 'GET',
    path: '/openapi.json',
    summary: 'OpenAPI 3.1 of this surface',
    needs: { right: 'public', because: 'It describes the program and nothing that is kept in it.' },
    output: z.record(z.string(), z.unknown()),
    handle: async () => {
      made ??= openApiOf(all, version)
      return { ok: true, value: made }
    },
  })
  return all
}
